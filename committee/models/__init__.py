"""Tables of the committee room."""

from committee.models.bodies import Committee, Seat
from committee.models.cases import Case, CaseAmendment, CaseEvent, Dossier
from committee.models.law import Charter, LawText, Policy
from committee.models.standing import Absence, Conflict, Delegation
from committee.models.work import AgendaItem, Answer, GlassRequest, Question, Reminder

__all__ = [
    "Absence",
    "AgendaItem",
    "Answer",
    "Case",
    "CaseAmendment",
    "CaseEvent",
    "Charter",
    "Committee",
    "Conflict",
    "Delegation",
    "Dossier",
    "GlassRequest",
    "LawText",
    "Policy",
    "Question",
    "Reminder",
    "Seat",
]
