"""Who runs next: by priority, then fair shares, then first come. Read by workers, pages and the API alike.

A share is the CPU time that runs under one holder's permits took in the last seven days: the holder who took
least goes first, so that one team's hundred runs do not keep another's single one waiting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet, Sum
from django.utils import timezone

from governance.choices import JobState
from modeling.models import TrainingRun
from modeling.selectors import devices

SHARE: Final = dt.timedelta(days=7)
MOST_TRIED: Final = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a queued run stands, from 1, among how many; `running` ones are before all of them. `devices`:
    how many machines' devices were heard of lately; with none, nothing begins.
    """

    position: int
    among: int
    running: int
    devices: int


def queued() -> QuerySet[TrainingRun]:
    return TrainingRun.objects.filter(state=JobState.QUEUED, external=False, cancel_requested_at__isnull=True)


def in_order() -> list[str]:
    """uids of the queued runs, the next one first. Two queries, however many runs there ever were before."""
    shares = _shares()
    rows = list(queued().values_list("uid", "priority", "holder", "created_at", "pk"))
    rows.sort(key=lambda row: (-row[1], shares.get(row[2], 0.0), row[3], row[4]))
    return [row[0] for row in rows]


def place_all(runs: Iterable[TrainingRun]) -> None:
    """Tell the queued ones among `runs` their place (`run.place`); asks nothing where none is queued."""
    waiting = [run for run in runs if run.state == JobState.QUEUED]
    if not waiting:
        return
    order = {uid: at for at, uid in enumerate(in_order(), start=1)}
    running = TrainingRun.objects.filter(state=JobState.RUNNING, external=False).count()
    there = devices.present().count()
    for run in waiting:
        if run.uid in order:
            run.place = Place(order[run.uid], len(order), running, there)


def _shares() -> dict[str, float]:
    since = timezone.now() - SHARE
    rows = TrainingRun.objects.filter(started_at__gte=since, external=False).exclude(holder="")
    return dict(rows.order_by().values_list("holder").annotate(spent=Sum("cpu_seconds_used")))
