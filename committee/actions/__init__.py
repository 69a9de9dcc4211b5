"""What a person or program may do before a committee: every door (console, API, clock) comes through here."""

from committee.actions.cases import (
    ballot_cast,
    case_of_permit,
    case_open,
    case_resume,
    case_return,
    case_settle,
    case_subject_check,
    case_withdraw,
    condition_confirm,
    conflict_declare,
    own_seat,
    permit_revoke,
)
from committee.actions.checks import LONGEST_EVIDENCE, LONGEST_TEXT
from committee.actions.founding import Founding, PolicySpec, SeatSpec, committee_found
from governance.tasks import outbox_send

__all__ = [
    "LONGEST_EVIDENCE",
    "LONGEST_TEXT",
    "Founding",
    "PolicySpec",
    "SeatSpec",
    "ballot_cast",
    "case_of_permit",
    "case_open",
    "case_resume",
    "case_return",
    "case_settle",
    "case_subject_check",
    "case_withdraw",
    "committee_found",
    "condition_confirm",
    "conflict_declare",
    "outbox_send",
    "own_seat",
    "permit_revoke",
]
