"""Writing sources, datasets and roles on them. Each is one atomic write with its ledger row."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.choices import Role
from catalog.exceptions import NameTaken, RoleHeld
from catalog.models import Dataset, Ownership, Source
from governance import ledger, outbox
from governance.models import Standard, User
from governance.subject_ref import SubjectRef


def dataset_ref(dataset: Dataset) -> SubjectRef:
    return SubjectRef("dataset", dataset.uid)


def source_register(
    *,
    actor: User,
    name: str,
    title: str,
    title_zh: str = "",
    kind: str,
    description: str = "",
    description_zh: str = "",
    schedule: str = "",
    licence: str = "",
) -> Source:
    """Write a source. Raises NameTaken."""
    try:
        with transaction.atomic():
            row = Source.objects.create(
                name=name,
                title=title,
                title_zh=title_zh,
                kind=kind,
                description=description,
                description_zh=description_zh,
                schedule=schedule,
                licence=licence,
                created_by=actor,
            )
            data = {"name": name, "kind": kind}
            ledger.append(
                type="source.registered", actor=actor, subject=SubjectRef("source", row.uid), data=data
            )
    except IntegrityError as error:
        raise NameTaken(name=name) from error
    return row


def dataset_register(
    *,
    actor: User,
    name: str,
    title: str,
    title_zh: str,
    description: str,
    description_zh: str,
    source: Source | None,
    level: int,
    domain: str,
    standard: Standard | None,
    object_name: str,
    owner: User,
    steward: User,
) -> Dataset:
    """Write a dataset with its owner and steward from today on. Raises NameTaken."""
    try:
        with transaction.atomic():
            row = Dataset.objects.create(
                name=name,
                title=title,
                title_zh=title_zh,
                description=description,
                description_zh=description_zh,
                source=source,
                level=level,
                domain=domain,
                standard=standard,
                object_name=object_name,
                created_by=actor,
            )
            today = timezone.localdate()
            for user, role in ((owner, Role.OWNER), (steward, Role.STEWARD)):
                Ownership.objects.create(dataset=row, user=user, role=role, since=today)
            outbox.emit("dataset.registered", dataset_ref(row))
            ledger.append(
                type="dataset.registered",
                actor=actor,
                subject=dataset_ref(row),
                data={
                    "name": name,
                    "level": level,
                    "owner": owner.uid,
                    "steward": steward.uid,
                    "standard": standard.name if standard else "",
                },
            )
    except IntegrityError as error:
        raise NameTaken(name=name) from error
    return row


@transaction.atomic
def dataset_change(*, actor: User, dataset: Dataset, changes: dict[str, Any]) -> Dataset:
    """Change words, standard, domain or level of a dataset. `changes` are model fields already checked."""
    before = {name: _plain(getattr(dataset, name)) for name in changes}
    Dataset.objects.filter(pk=dataset.pk).update(**changes)
    dataset.refresh_from_db()
    after = {name: _plain(getattr(dataset, name)) for name in changes}
    ledger.append(
        type="dataset.changed",
        actor=actor,
        subject=dataset_ref(dataset),
        data={"before": before, "after": after},
    )
    return dataset


def _plain(value: object) -> Any:
    if isinstance(value, Standard):
        return value.name
    return value if isinstance(value, int | str) else str(value or "")


@transaction.atomic
def dataset_archive(*, actor: User, dataset: Dataset) -> None:
    """Take a dataset out of lists; its versions and history stay."""
    Dataset.objects.filter(pk=dataset.pk, archived_at=None).update(archived_at=timezone.now())
    ledger.append(type="dataset.archived", actor=actor, subject=dataset_ref(dataset))


def ownership_start(
    *, actor: User, dataset: Dataset, user: User, role: str, since: dt.date | None = None
) -> Ownership:
    """Give a person a role from a date on. Raises RoleHeld."""
    try:
        with transaction.atomic():
            row = Ownership.objects.create(
                dataset=dataset, user=user, role=role, since=since or timezone.localdate()
            )
            data = {"user": user.uid, "role": role, "since": row.since.isoformat()}
            ledger.append(type="ownership.started", actor=actor, subject=dataset_ref(dataset), data=data)
    except IntegrityError as error:
        raise RoleHeld from error
    return row


@transaction.atomic
def ownership_end(*, actor: User, ownership: Ownership, until: dt.date) -> None:
    """End a role on a date, which is its last day."""
    Ownership.objects.filter(pk=ownership.pk, until=None).update(until=max(until, ownership.since))
    data = {"user": ownership.user.uid, "role": ownership.role, "until": until.isoformat()}
    ledger.append(type="ownership.ended", actor=actor, subject=dataset_ref(ownership.dataset), data=data)
