"""Waiting for jobs of the demo: a running worker carries them out; without one they are carried out here.

Both ways are the same Celery task body; the database claim decides who does it (house: jobs).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from catalog import tasks as catalog_tasks
from catalog.models import CleaningRun, DerivationRun, IngestRun, ValidationRun
from governance.choices import JobState
from governance.models import Job
from modeling.models import BackboneCheck, TrainingRun
from modeling.tasks import backbone_check, run_execute

AnyJob = TypeVar("AnyJob", bound=Job)
PATIENCE_SECONDS = 1800.0

TASKS: dict[type[Job], Callable[[str], Any]] = {
    IngestRun: catalog_tasks.ingest_run,
    ValidationRun: catalog_tasks.validation_run,
    CleaningRun: catalog_tasks.cleaning_run,
    DerivationRun: catalog_tasks.derivation_run,
    TrainingRun: run_execute,
    BackboneCheck: backbone_check,
}


class DemoStopped(Exception):
    """A job of the demo did not end as it should; the message names it and its reason."""


def finish(job: AnyJob) -> AnyJob:
    """Carry the job to its end and return it as it is then. Raises DemoStopped unless it succeeded."""
    done = settle(job)
    if done.state != JobState.SUCCEEDED:
        raise DemoStopped(
            f"{type(done).__name__} {done.uid} {done.state}: {done.reason} {done.reason_detail}"
        )
    return done


def settle(job: AnyJob) -> AnyJob:
    """As `finish`, whatever the end is."""
    begin = time.monotonic()
    while not job.is_over:
        if job.state == JobState.QUEUED:
            TASKS[type(job)](job.uid)
        job.refresh_from_db()
        if not job.is_over:
            time.sleep(0.2)
        if time.monotonic() - begin > PATIENCE_SECONDS:
            raise DemoStopped(f"{type(job).__name__} {job.uid} is still {job.state}")
    return job
