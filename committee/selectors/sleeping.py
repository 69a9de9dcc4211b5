"""Cases that sleep: left in draft, returned or deferred beyond a number of working days."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import DateTimeField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from committee import calendars
from committee.choices import CaseState
from committee.models import Case, CaseEvent, Committee

PAUSED = (CaseState.RETURNED, CaseState.DEFERRED)


def asleep(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Those of the cases that are asleep, longest first; `asleep_since`: when they came into their state."""
    paused = CaseEvent.objects.filter(case=OuterRef("pk"), type__in=PAUSED).order_by("-seq").values("at")[:1]
    since = Coalesce(Subquery(paused), "created_at", output_field=DateTimeField())
    late = Q(pk=None)
    for committee in Committee.objects.order_by("pk"):
        late |= Q(committee=committee, asleep_since__lt=awake_from(committee))
    waiting = rows.annotate(asleep_since=since).filter(state__in=(CaseState.DRAFT, *PAUSED))
    return waiting.filter(late).order_by("asleep_since", "pk")


def awake_from(committee: Committee, days: int | None = None) -> dt.datetime:
    """The instant before which a case must have stopped to be asleep now: so many working days ago."""
    calendar = calendars.engine_calendar(committee.calendar)
    left = (settings.GAVEL_SLEEPING_DAYS if days is None else days) + 1
    day = calendar.local_date(timezone.now())
    while left > 0:
        left -= calendar.is_working_day(day)
        day -= dt.timedelta(days=1)
    return calendar.start_of(day + dt.timedelta(days=1))
