"""Reminders: ballots, conditions, ends of permits, cases that sleep."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from celery import shared_task

from committee import actions, selectors
from committee.choices import CaseState
from committee.models import Case
from governance.exceptions import DomainError

log = logging.getLogger(__name__)


@shared_task(name="committee.clock.reminders_tick", ignore_result=True)
def reminders_tick() -> int:
    """Send every reminder that is due; returns how many notices were written."""
    voting = Case.objects.filter(state=CaseState.OPEN).select_related("committee")
    live = selectors.cases_watched().select_related("committee")
    sleeping = selectors.asleep(Case.objects.select_related("committee", "requester"))
    return (
        _each(voting, lambda case: actions.case_remind(case=case))
        + _each(live, lambda case: actions.permit_remind(case=case))
        + _each(sleeping, lambda case: actions.case_nag(case=case))
    )


def _each(cases: Iterable[Case], step: Callable[[Case], int]) -> int:
    """One case that cannot be read keeps no other from its reminder."""
    sent = 0
    for case in cases:
        try:
            sent += step(case)
        except DomainError as error:
            log.error("case %s: %s", case.number, error.code)
    return sent
