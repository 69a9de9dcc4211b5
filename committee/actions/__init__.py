"""What a person or program may do before a committee: every door (console, API, clock) comes through here."""

from committee.actions.agenda import (
    agenda_deal,
    case_escalate,
)
from committee.actions.calendar import calendar_day_set, calendar_refresh, calendar_update
from committee.actions.cases import (
    ballot_cast,
    case_defer,
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
from committee.actions.glass import (
    glass_ask,
    glass_confirm,
)
from committee.actions.law import (
    law_adopt,
    law_adopt_due,
    law_cases_tell,
    law_draft,
    law_drop,
    law_edit,
    law_propose,
    law_take_back,
)
from committee.actions.questions import (
    LONGEST_QUESTION,
    answer_give,
    question_ask,
)
from committee.actions.reminders import case_nag, case_remind, permit_remind
from committee.actions.seats import leavers_seats_end, seat_endings_record, seat_resign
from committee.actions.standing import (
    absence_declare,
    absence_end,
    conflict_end,
    conflict_register,
    delegation_end,
    delegation_give,
)
from governance.tasks import outbox_send

__all__ = [
    "LONGEST_EVIDENCE",
    "LONGEST_QUESTION",
    "LONGEST_TEXT",
    "Founding",
    "PolicySpec",
    "SeatSpec",
    "absence_declare",
    "absence_end",
    "agenda_deal",
    "answer_give",
    "ballot_cast",
    "calendar_day_set",
    "calendar_refresh",
    "calendar_update",
    "case_defer",
    "case_escalate",
    "case_nag",
    "case_of_permit",
    "case_open",
    "case_remind",
    "case_resume",
    "case_return",
    "case_settle",
    "case_subject_check",
    "case_withdraw",
    "committee_found",
    "condition_confirm",
    "conflict_declare",
    "conflict_end",
    "conflict_register",
    "delegation_end",
    "delegation_give",
    "glass_ask",
    "glass_confirm",
    "law_adopt",
    "law_adopt_due",
    "law_cases_tell",
    "law_draft",
    "law_drop",
    "law_edit",
    "law_propose",
    "law_take_back",
    "leavers_seats_end",
    "outbox_send",
    "own_seat",
    "permit_remind",
    "permit_revoke",
    "question_ask",
    "seat_endings_record",
    "seat_resign",
]
