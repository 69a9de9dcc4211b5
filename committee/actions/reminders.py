"""Reminders and nags: called by the clock for every case that may need one."""

from __future__ import annotations

from committee.models import Case
from committee.services import reminders


def case_remind(*, case: Case) -> int:
    """Who has not voted in an open case, and who has to see to its quorum."""
    return reminders.case_remind(case=case)


def permit_remind(*, case: Case) -> int:
    """Open conditions and the coming end of the permit a case gave."""
    return reminders.permit_remind(case=case)


def case_nag(*, case: Case) -> int:
    """Who has to move a case that is asleep."""
    return reminders.case_nag(case=case)
