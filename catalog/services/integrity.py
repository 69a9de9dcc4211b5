"""Recomputing a version's digest from the bytes on disk, before anything is done with them."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from catalog.choices import IncidentKind
from catalog.exceptions import VersionChanged
from catalog.models import DatasetVersion
from catalog.paths import version_path
from catalog.services.incidents import incident_open
from catalog.services.versions import version_ref
from governance import outbox


def bytes_digest(path: Path) -> str:
    """The digest of standard-rules §9 over what lies on disk now; "" where it is gone or unreadable."""
    # The engine brings polars: only workers and commands come here, the web process never does.
    from governance.validation.digests import path_digest
    from governance.validation.errors import EngineError

    try:
        return path_digest(path)
    except (EngineError, OSError):
        return ""


def version_verify(version: DatasetVersion) -> None:
    """Raise VersionChanged unless the bytes on disk have the version's digest; the change is recorded first.

    Call this outside of a transaction, or the record of the change goes with the caller's rollback.
    """
    if bytes_digest(version_path(version)) == version.digest:
        return
    version_changed(version)
    raise VersionChanged


@transaction.atomic
def version_changed(version: DatasetVersion) -> None:
    """Record that the bytes no longer have the version's digest: the first time they differ an incident is
    opened and "dataset_version.changed" emitted."""
    _incident, created = incident_open(kind=IncidentKind.BYTES_CHANGED, version=version)
    if created:
        outbox.emit("dataset_version.changed", version_ref(version))
