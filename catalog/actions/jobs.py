"""Stopping jobs, closing incidents."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog import permissions
from catalog.models import (
    CleaningRun,
    Dataset,
    DerivationRun,
    Incident,
    IngestRun,
    ValidationRun,
)
from catalog.permissions import allow, may_see, require_seen
from catalog.services import incidents
from catalog.services import jobs as job_writes
from governance.exceptions import InvalidInput, NotFound
from governance.models import Job, User
from governance.refusals import governed


@governed("job.cancel")
def run_cancel(*, actor: User, run: Job) -> None:
    """Stop a job of the catalogue: a waiting one at once, a running one at its next heartbeat. Raises
    JobOver."""
    dataset = dataset_of(run)
    require_seen(actor, dataset)
    allow(permissions.may_cancel(actor, run, dataset))
    job_writes.job_cancel(actor=actor, job=run)


def dataset_of(run: Job) -> Dataset:
    """The dataset whose rights guard a job."""
    if isinstance(run, IngestRun):
        return run.dataset
    if isinstance(run, ValidationRun | CleaningRun | DerivationRun):
        return run.version.dataset
    raise NotFound


@governed("incident.resolve")
def incident_resolve(*, actor: User, incident: Incident, note: str) -> Incident:
    """Close an incident with a word on what was done. Raises NotPermitted, InvalidInput, IncidentResolved."""
    if not may_see(actor, incident.dataset):
        raise NotFound
    allow(permissions.may_resolve(actor, incident))
    if not note.strip():
        raise InvalidInput(field="note", reason=_("empty"))
    return incidents.incident_resolve(actor=actor, incident=incident, note=note.strip())
