"""Ending a job of any kind, with its ledger row; and asking one to stop."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from catalog.exceptions import JobOver
from governance import jobs, ledger
from governance.choices import JobState
from governance.models import Job, User
from governance.subject_ref import SubjectRef

KINDS = {
    "IngestRun": "ingest_run",
    "ValidationRun": "validation_run",
    "CleaningRun": "cleaning_run",
    "DerivationRun": "derivation_run",
}


def job_ref(job: Job) -> SubjectRef:
    return SubjectRef(KINDS[type(job).__name__], job.uid)


@transaction.atomic
def job_end(*, job: Job, state: str, reason: str, detail: dict[str, Any] | None = None) -> bool:
    """End a job without a result. False when another attempt holds it; then nothing is written."""
    if not jobs.move(job, state, reason=reason, detail=detail):
        return False
    kind = "failed" if state == JobState.FAILED else "cancelled"
    ledger.append(
        type=f"{KINDS[type(job).__name__]}.{kind}",
        actor=None,
        subject=job_ref(job),
        accepted=state != JobState.FAILED,
        code=reason,
        data={"attempt": job.attempt},
    )
    return True


@transaction.atomic
def job_cancel(*, actor: User, job: Job) -> None:
    """Ask a job to stop. Raises JobOver."""
    if not jobs.request_cancel(job):
        raise JobOver
    job.refresh_from_db()
    ledger.append(type=f"{KINDS[type(job).__name__]}.cancel_requested", actor=actor, subject=job_ref(job))
