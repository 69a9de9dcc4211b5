"""Beat ticks and reactors of the committee: deadlines, early closings, changed subjects."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import shared_task
from django.db.models import Q

from committee import actions, selectors
from committee.choices import APPROVALS, UNDECIDED, CaseState
from committee.models import Case
from governance.exceptions import DomainError
from governance.outbox import reaction

log = logging.getLogger(__name__)


@shared_task(name="committee.clock.cases_tick", ignore_result=True)
def cases_tick() -> int:
    """Settle every open or deferred case; one without anything due stays. Returns how many changed."""
    for case in selectors.cases_changed():
        _attempt(case, lambda c: actions.case_subject_check(actor=None, case=c))
    running = Case.objects.filter(state__in=[CaseState.OPEN, CaseState.DEFERRED])
    return sum(_attempt(case, lambda c: actions.case_settle(case=c)) for case in running)


@reaction("committee.clock.on_subject_changed")
def on_subject_changed(subject_kind: str, subject_id: str) -> None:
    """The owner of a subject says its bytes changed: compare digests of its cases and live permits."""
    cases = Case.objects.filter(subject_kind=subject_kind, subject_id=subject_id)
    for case in cases.filter(Q(state__in=UNDECIDED) | Q(outcome__in=APPROVALS)):
        _attempt(case, lambda c: actions.case_subject_check(actor=None, case=c))


def _attempt(case: Case, step: Callable[[Case], bool]) -> bool:
    """One case that cannot go on (an altered record, a clock moved back) keeps no other from its deadline."""
    try:
        return step(case)
    except DomainError as error:
        log.error("case %s: %s", case.number, error.code)
        return False
