"""Forms of committee pages."""

from committee.forms.asking import form_for
from committee.forms.ballots import (
    BallotForm,
    ConflictForm,
    EmptyForm,
    EvidenceForm,
    ReasonForm,
)
from committee.forms.cases import CaseFilter, PlainCaseForm, TeamCaseForm, TrainCaseForm

__all__ = [
    "BallotForm",
    "CaseFilter",
    "ConflictForm",
    "EmptyForm",
    "EvidenceForm",
    "PlainCaseForm",
    "ReasonForm",
    "TeamCaseForm",
    "TrainCaseForm",
    "form_for",
]
