"""Emergency access: who may ask for it in a case, what waits for a second person, and what is open now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from committee import tallying
from committee.models import Case, GlassRequest
from governance import selectors as law
from governance.choices import PermitKind, PermitStatus
from governance.models import Permit, User

WAIT = dt.timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class LiveGlass:
    """An emergency permit that opens something at this moment, with its case."""

    permit: Permit
    case: Case


def glass_refusal(user: User, case: Case, hours: int) -> str:
    """Why the person may not ask, in the engine's words and order; empty where they may."""
    course = tallying.course_of(case)
    if course.state == "closed":
        return "case_closed"
    if course.glass is not None:
        return "break_glass_used"
    holders = {seat.holder.id for seat in course.roster().in_office.values()}
    if user.uid not in holders or course.bars.is_barred(user.uid):
        return "actor_not_allowed"
    return "too_long" if hours > course.rules.break_glass_max_hours else ""


def glass_waiting(case: Case) -> GlassRequest | None:
    """The request that waits for its second person."""
    rows = GlassRequest.objects.filter(case=case, used_at=None, at__gt=timezone.now() - WAIT)
    return rows.select_related("first").first()


def glass_live() -> list[LiveGlass]:
    """Every emergency permit that is active now."""
    now = timezone.now()
    rows = Permit.objects.filter(kind=PermitKind.BREAK_GLASS, valid_from__lte=now, valid_until__gt=now)
    permits = _active(rows.select_related("decision").prefetch_related("events"))
    cases = {case.number: case for case in Case.objects.filter(number__in=[p.case_id for p in permits])}
    return [LiveGlass(permit, cases[permit.case_id]) for permit in permits if permit.case_id in cases]


def _active(rows: QuerySet[Permit]) -> Sequence[Permit]:
    return [row.permit for row in law.permit_rows(list(rows)) if row.status == PermitStatus.ACTIVE]
