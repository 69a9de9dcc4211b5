"""Jobs: claim, heartbeat, finish and reap by conditional UPDATE; safe for duplicate messages and kill -9.

A duplicate Celery message finds 0 rows to claim and stops. An expired lease is found by the reaper.
Leases are told by the database's clock: a machine whose own is wrong neither loses its jobs nor takes
those of others.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from governance.choices import JOB_TRANSITIONS, JobState
from governance.models import Job

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=45)
BEAT_SECONDS = 10.0
WAKE_UP_LOST = dt.timedelta(seconds=60)
AnyJob = TypeVar("AnyJob", bound=Job)


@dataclass(frozen=True, slots=True)
class JobSignal:
    """What a running job must obey: `held` is False when the lease was lost, `cancel` asks it to stop."""

    held: bool
    cancel: bool


def claim(model: type[AnyJob], uid: str, *, worker: str, **taken: Any) -> AnyJob | None:
    """Take a queued job, or a running one whose lease ended; return it with its new attempt, else None.

    `taken`: further fields written in the same UPDATE (what the job holds while it runs).
    """
    now = Now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    rows = model._default_manager.filter(free, uid=uid, cancel_requested_at=None)
    won = rows.update(
        state=JobState.RUNNING,
        worker=worker,
        attempt=F("attempt") + 1,
        lease_until=now + LEASE,
        heartbeat_at=now,
        started_at=now,
        reason="",
        **taken,
    )
    return model._default_manager.get(uid=uid) if won else None


def heartbeat(job: Job, *, done: int | None = None, total: int | None = None) -> JobSignal:
    """Extend the lease of this attempt and report cancel; progress is written with it. Not in the ledger."""
    now = Now()
    progress = {k: v for k, v in (("progress_done", done), ("progress_total", total)) if v is not None}
    rows = type(job)._default_manager.filter(pk=job.pk, state=JobState.RUNNING, attempt=job.attempt)
    held = rows.update(heartbeat_at=now, lease_until=now + LEASE, **progress)
    if not held:
        return JobSignal(held=False, cancel=True)
    asked = rows.filter(cancel_requested_at__isnull=False).exists()
    return JobSignal(held=True, cancel=asked)


@contextmanager
def kept(job: Job) -> Iterator[None]:
    """Extend the lease while the body works, from a thread: on a connection of its own, so that the body may
    read everything as of one instant.
    """
    over = threading.Event()
    beating = threading.Thread(target=_beat, args=(job, over), name=f"lease-{job.uid}", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


def _beat(job: Job, over: threading.Event) -> None:
    try:
        while not over.wait(BEAT_SECONDS):
            try:
                if not heartbeat(job).held:
                    return  # what the body makes of it finds that out when it ends the job
            except (OperationalError, InterfaceError) as error:
                log.warning("the lease of %s was not extended: %s", job.uid, type(error).__name__)
                connection.close()
    finally:
        connection.close()


def move(job: Job, target: str, *, reason: str = "", detail: dict[str, Any] | None = None) -> bool:
    """Change a job's state by compare-and-set along JOB_TRANSITIONS; False when somebody was faster.

    For a running job only the attempt that holds it may move it.
    """
    sources = [s for s, targets in JOB_TRANSITIONS.items() if target in targets]
    values: dict[str, Any] = {"state": target, "reason": reason, "reason_detail": detail or {}}
    if target in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}:
        values |= {"finished_at": timezone.now(), "lease_until": None}
    if target in {JobState.QUEUED, JobState.WAITING}:
        values |= {"lease_until": None, "worker": ""}
    rows = (
        type(job)
        ._default_manager.filter(pk=job.pk, state__in=sources)
        .filter(~Q(state=JobState.RUNNING) | Q(attempt=job.attempt))
    )
    moved = bool(rows.update(**values))
    if moved:
        for name, value in values.items():
            setattr(job, name, value)
    return moved


def request_cancel(job: Job) -> bool:
    """Ask a job to stop: one not yet running ends at once, a running one is told at its next heartbeat."""
    rows = type(job)._default_manager.filter(pk=job.pk)
    if rows.filter(state__in=[JobState.WAITING, JobState.QUEUED]).update(
        state=JobState.CANCELLED,
        finished_at=timezone.now(),
        reason="cancelled",
        cancel_requested_at=timezone.now(),
    ):
        return True
    return bool(
        rows.filter(state=JobState.RUNNING, cancel_requested_at=None).update(
            cancel_requested_at=timezone.now()
        )
    )


def expired(model: type[AnyJob]) -> list[str]:
    """uids of running jobs whose lease ended: their worker died; re-queue them by `requeue`."""
    rows = model._default_manager.filter(state=JobState.RUNNING, lease_until__lt=Now())
    return list(rows.values_list("uid", flat=True))


def forgotten(model: type[AnyJob]) -> list[str]:
    """uids of queued jobs old enough that their message may be lost; a second one finds nothing to claim."""
    old = timezone.now() - WAKE_UP_LOST
    rows = model._default_manager.filter(state=JobState.QUEUED, created_at__lt=old)
    return list(rows.values_list("uid", flat=True))


def requeue(model: type[AnyJob], uid: str) -> bool:
    """Put a job whose lease ended back into its queue (or end it, if it was being cancelled)."""
    rows = model._default_manager.filter(uid=uid, state=JobState.RUNNING, lease_until__lt=Now())
    if rows.filter(cancel_requested_at__isnull=False).update(
        state=JobState.CANCELLED, finished_at=timezone.now(), reason="cancelled", lease_until=None
    ):
        return False
    return bool(rows.update(state=JobState.QUEUED, worker="", lease_until=None, reason="worker_lost"))
