"""Sources, datasets, roles on them, uploads."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import exceptions as errors
from catalog import permissions, tasks
from catalog.actions.wording import clean_name, clean_title, engine_for, known
from catalog.choices import (
    Domain,
    EnginePolicy,
    Role,
    SourceKind,
)
from catalog.models import (
    Dataset,
    IngestRun,
    Ownership,
    Source,
)
from catalog.permissions import allow, require_seen
from catalog.services import assets, uploads
from governance.choices import Level
from governance.exceptions import DomainError, InvalidInput
from governance.models import Standard, User
from governance.outbox import wake_on_commit
from governance.refusals import governed, refusal_record

CHANGEABLE = frozenset(
    {
        "title",
        "title_zh",
        "description",
        "description_zh",
        "source",
        "level",
        "domain",
        "standard",
        "object_name",
        "validation_engine",
    }
)


def _standard(name: str) -> Standard | None:
    """The standard of a name, None for no name. Raises StandardUnknown."""
    if not name:
        return None
    found = Standard.objects.filter(name=name).first()
    if found is None:
        raise errors.StandardUnknown(name=name)
    return found


@governed("source.register")
def source_register(
    *,
    actor: User,
    name: str,
    title: str,
    title_zh: str = "",
    kind: str = SourceKind.FILES,
    description: str = "",
    description_zh: str = "",
    schedule: str = "",
    licence: str = "",
) -> Source:
    allow(permissions.may_register(actor))
    known("kind", kind, SourceKind.values)
    return assets.source_register(
        actor=actor,
        name=clean_name(name),
        title=clean_title(title),
        title_zh=title_zh,
        kind=kind,
        description=description,
        description_zh=description_zh,
        schedule=schedule,
        licence=licence,
    )


@governed("dataset.register")
def dataset_register(
    *,
    actor: User,
    name: str,
    title: str,
    owner: User,
    steward: User,
    title_zh: str = "",
    description: str = "",
    description_zh: str = "",
    source: Source | None = None,
    level: int = Level.INTERNAL,
    domain: str = Domain.OTHER,
    standard_name: str = "",
    object_name: str = "",
) -> Dataset:
    """Register a dataset with its owner and steward. Raises NotPermitted, InvalidInput, StandardUnknown,
    NameTaken."""
    allow(permissions.may_register(actor))
    known("level", level, Level.values)
    known("domain", domain, Domain.values)
    for field, person in (("owner", owner), ("steward", steward)):
        if not person.is_active:
            raise InvalidInput(field=field, reason=_("not active"))
    return assets.dataset_register(
        actor=actor,
        name=clean_name(name),
        title=clean_title(title),
        title_zh=title_zh,
        description=description,
        description_zh=description_zh,
        source=source,
        level=int(level),
        domain=domain,
        standard=_standard(standard_name),
        object_name=object_name.strip(),
        owner=owner,
        steward=steward,
    )


@governed("dataset.change")
def dataset_change(*, actor: User, dataset: Dataset, **changes: Any) -> Dataset:
    """Change words, source, standard (`standard_name`), object, domain, level or the engine of checks.

    The level may be raised by owner and steward; lowering it takes the governance team.
    """
    require_seen(actor, dataset)
    allow(permissions.may_change(actor, dataset))
    if "standard_name" in changes:
        changes["standard"] = _standard(changes.pop("standard_name"))
    unknown = set(changes) - CHANGEABLE
    if unknown or not changes:
        raise InvalidInput(field=", ".join(sorted(unknown)) or "changes", reason=_("unknown or empty"))
    if "title" in changes:
        changes["title"] = clean_title(changes["title"])
    if "domain" in changes:
        known("domain", changes["domain"], Domain.values)
    if "level" in changes:
        known("level", changes["level"], Level.values)
        raised = int(changes["level"]) >= dataset.level
        allow(raised or permissions.has_function(actor, "governance"))
    if "validation_engine" in changes:
        known("validation_engine", changes["validation_engine"], EnginePolicy.values)
        engine_for(changes["validation_engine"], 0)
    return assets.dataset_change(actor=actor, dataset=dataset, changes=changes)


@governed("dataset.archive")
def dataset_archive(*, actor: User, dataset: Dataset) -> None:
    require_seen(actor, dataset)
    allow(permissions.may_assign_roles(actor, dataset))
    assets.dataset_archive(actor=actor, dataset=dataset)


@governed("ownership.start")
def ownership_start(
    *, actor: User, dataset: Dataset, user: User, role: str, since: dt.date | None = None
) -> Ownership:
    require_seen(actor, dataset)
    allow(permissions.may_assign_roles(actor, dataset))
    known("role", role, Role.values)
    if not user.is_active:
        raise InvalidInput(field="user", reason=_("not active"))
    return assets.ownership_start(actor=actor, dataset=dataset, user=user, role=role, since=since)


@governed("ownership.end")
def ownership_end(*, actor: User, ownership: Ownership, until: dt.date | None = None) -> None:
    """End a role. Raises LastOwner: a dataset is never left without one."""
    dataset = ownership.dataset
    require_seen(actor, dataset)
    allow(permissions.may_assign_roles(actor, dataset))
    others = Ownership.objects.current().filter(dataset=dataset, role=Role.OWNER, until=None)
    if ownership.role == Role.OWNER and not others.exclude(pk=ownership.pk).exists():
        raise errors.LastOwner
    assets.ownership_end(actor=actor, ownership=ownership, until=until or timezone.localdate())


@governed("version.upload")
def _upload_check(*, actor: User, dataset: Dataset) -> None:
    require_seen(actor, dataset)
    allow(permissions.may_upload(actor, dataset))
    if dataset.archived_at is not None:
        raise errors.DatasetArchived(name=dataset.name)


@governed("version.upload")
def _upload_accept(
    *, actor: User, dataset: Dataset, received: uploads.ReceivedUpload, label: str
) -> IngestRun:
    run = uploads.ingest_start(actor=actor, dataset=dataset, received=received, label=label.strip()[:40])
    wake_on_commit(partial(tasks.ingest_run.delay, run.uid))
    return run


def version_upload(
    *,
    actor: User,
    dataset: Dataset,
    stream: IO[bytes],
    filename: str,
    label: str = "",
    announced: int | None = None,
) -> IngestRun:
    """Receive a file and start the job that reads it; the version appears when that succeeds.

    The bytes are streamed before any transaction opens: a slow upload must not hold the database's writer.
    Raises NotPermitted, NotFound, DatasetArchived and the refusals of `uploads.upload_receive`.
    """
    _upload_check(actor=actor, dataset=dataset)
    try:
        received = uploads.upload_receive(stream=stream, filename=filename, announced=announced)
    except DomainError as error:
        refusal_record(name="version.upload", actor=actor, error=error)
        raise
    try:
        return _upload_accept(actor=actor, dataset=dataset, received=received, label=label)
    except BaseException:
        uploads.upload_discard(received.name)
        raise
