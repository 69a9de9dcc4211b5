"""Writing incidents: opened with their notice in the transaction that stored the failure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from catalog.choices import IncidentKind, IncidentState, Role, Severity
from catalog.exceptions import IncidentResolved
from catalog.models import Dataset, DatasetVersion, Incident, Ownership, ValidationRun
from governance import ledger, notices
from governance.models import User
from governance.subject_ref import SubjectRef

DUE = {IncidentKind.BYTES_CHANGED: dt.timedelta(hours=4), IncidentKind.BLOCKER_FAILED: dt.timedelta(days=2)}
NOTICE = {IncidentKind.BYTES_CHANGED: "version_bytes_changed", IncidentKind.BLOCKER_FAILED: "blocker_failed"}


def responsible(dataset: Dataset, *roles: str) -> list[User]:
    """Active people with one of the roles today, in the order of the roles given."""
    rows = Ownership.objects.current().filter(dataset=dataset, role__in=roles, user__is_active=True)
    people = list(rows.select_related("user"))
    return [row.user for role in roles for row in people if row.role == role]


@transaction.atomic
def incident_open(
    *,
    kind: str,
    version: DatasetVersion,
    run: ValidationRun | None = None,
    facts: Mapping[str, object] | None = None,
) -> tuple[Incident, bool]:
    """Open an incident, unless the same one is open; return it and whether it is new. Steward answers
    first."""
    people = responsible(version.dataset, Role.STEWARD, Role.OWNER)
    incident, created = Incident.objects.get_or_create(
        version=version,
        kind=kind,
        state=IncidentState.OPEN,
        defaults={
            "dataset": version.dataset,
            "run": run,
            "severity": Severity.BLOCKER,
            "facts": dict(facts or {}),
            "owner": people[0] if people else None,
            "due_at": timezone.now() + DUE[IncidentKind(kind)],
        },
    )
    if created:
        subject = SubjectRef("dataset_version", version.uid, version.digest)
        title = f"{version.dataset.name} v{version.number}"
        notices.send(people, NOTICE[IncidentKind(kind)], subject, title=title, count=len(facts or {}))
        ledger.append(
            type="incident.opened",
            actor=None,
            subject=subject,
            data={"incident": incident.uid, "kind": str(kind)},
        )
    return incident, created


@transaction.atomic
def incident_resolve(*, actor: User | None, incident: Incident, note: str) -> Incident:
    """Close an incident with a word on what was done. Raises IncidentResolved."""
    moved = Incident.objects.filter(pk=incident.pk, state=IncidentState.OPEN).update(
        state=IncidentState.RESOLVED, resolved_at=timezone.now(), resolved_by=actor, note=note
    )
    if not moved:
        raise IncidentResolved
    incident.refresh_from_db()
    subject = SubjectRef("dataset_version", incident.version.uid, incident.version.digest)
    ledger.append(type="incident.resolved", actor=actor, subject=subject, data={"incident": incident.uid})
    return incident
