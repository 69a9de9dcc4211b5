"""Beat ticks of the catalogue: put lost jobs back, send lost wake-ups again, sweep uploads nobody needs."""

from __future__ import annotations

import time
from typing import Any

from celery import shared_task

from catalog import tasks
from catalog.models import CleaningRun, DerivationRun, IngestRun, ValidationRun
from catalog.paths import uploads_root
from governance import jobs
from governance.choices import JobState
from governance.models import Job

TASKS: dict[type[Job], Any] = {
    IngestRun: tasks.ingest_run,
    ValidationRun: tasks.validation_run,
    CleaningRun: tasks.cleaning_run,
    DerivationRun: tasks.derivation_run,
}
SWEEP_SECONDS = 60
UPLOAD_KEPT_SECONDS = 24 * 3600


@shared_task(name="catalog.clock.reaper_tick", ignore_result=True)
def reaper_tick() -> int:
    """Put jobs whose worker died back into their queue and wake a worker; return how many."""
    sent = 0
    for model, task in TASKS.items():
        for uid in jobs.expired(model):
            if jobs.requeue(model, uid):
                task.delay(uid)
                sent += 1
    return sent


@shared_task(name="catalog.clock.wake_sweep", ignore_result=True)
def wake_sweep() -> int:
    """Send queued jobs again whose message may be lost; a second message finds nothing to claim."""
    sent = 0
    for model, task in TASKS.items():
        for uid in jobs.forgotten(model):
            # Dropped when nobody took it until the next sweep: a busy queue does not fill with wake-ups.
            task.apply_async((uid,), expires=SWEEP_SECONDS)
            sent += 1
    return sent


@shared_task(name="catalog.clock.uploads_sweep", ignore_result=True)
def uploads_sweep() -> int:
    """Remove received files that no waiting or running job names and that are a day old; return how many."""
    root = uploads_root()
    if not root.is_dir():
        return 0
    alive = IngestRun.objects.filter(state__in=[JobState.WAITING, JobState.QUEUED, JobState.RUNNING])
    needed = set(alive.values_list("upload", flat=True))
    old = [
        path
        for path in root.iterdir()
        if path.is_file()
        and path.name not in needed
        and time.time() - path.stat().st_mtime > UPLOAD_KEPT_SECONDS
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
