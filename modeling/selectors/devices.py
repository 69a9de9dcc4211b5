"""Which devices there are, which of them is free, and who is on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.db.models.functions import Now

from governance.choices import JobState
from governance.models import User
from modeling.models import Device, TrainingRun

#: A worker says every half minute what it has: one silent for longer is not there.
SILENT: Final = dt.timedelta(minutes=2)
#: Machines not heard of for longer are left out of the page.
GONE: Final = dt.timedelta(days=7)


def present() -> QuerySet[Device]:
    return Device.objects.filter(seen_at__gte=Now() - SILENT)


def free(host: str, names: Collection[str]) -> list[Device]:
    """The devices of a host that no live run is on."""
    on_it = TrainingRun.objects.filter(device=OuterRef("pk"), state=JobState.RUNNING, lease_until__gte=Now())
    return list(Device.objects.filter(~Exists(on_it), host=host, name__in=names).order_by("kind", "name"))


def shown(user: User) -> QuerySet[Device]:
    """The devices of the last week with the run on each in `on_it`, where the reader may see that run.
    `busy` says that there is one."""
    running = TrainingRun.objects.filter(state=JobState.RUNNING)
    seen = running.visible_to(user)
    return (
        Device.objects.filter(seen_at__gte=Now() - GONE)
        .annotate(
            busy=Exists(running.filter(device=OuterRef("pk"))),
            here=Exists(present().filter(pk=OuterRef("pk"))),
        )
        .prefetch_related(Prefetch("runs", seen, to_attr="on_it"))
        .order_by("host", "name")
    )
