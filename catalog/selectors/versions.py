"""Facts of dataset versions for the rooms above: who made them, who answers, what they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from catalog.choices import Role
from catalog.models import Column, Dataset, DatasetVersion, LineageEdge, Ownership


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What a decision, a run or a page above needs to know of a version. `columns` in file order."""

    uid: str
    dataset_uid: str
    dataset_name: str
    title: str
    title_zh: str
    number: int
    label: str
    digest: str
    level: int
    rows: int
    bytes: int
    columns: tuple[str, ...]
    path: str
    owner_uids: tuple[str, ...]
    steward_uids: tuple[str, ...]
    contributor_uids: tuple[str, ...]
    created_by_uid: str


def dataset_by_uid(uid: str) -> Dataset | None:
    return Dataset.objects.select_related("source", "standard").filter(uid=uid).first()


def version_by_uid(uid: str) -> DatasetVersion | None:
    rows = DatasetVersion.objects.select_related("dataset", "dataset__standard", "created_by")
    return rows.filter(uid=uid).first()


def latest_version(dataset: Dataset, *, label: str | None = None) -> DatasetVersion | None:
    """The newest version, of one label where a label is named."""
    rows = DatasetVersion.objects.filter(dataset=dataset)
    if label is not None:
        rows = rows.filter(label=label)
    return rows.select_related("dataset").order_by("-number").first()


def latest_versions(dataset_pks: Iterable[int]) -> dict[int, DatasetVersion]:
    """The newest version of each dataset, by the dataset's key, in one query."""
    newest = DatasetVersion.objects.filter(dataset=OuterRef("dataset")).order_by("-number").values("pk")[:1]
    rows = DatasetVersion.objects.filter(dataset__in=list(dataset_pks), pk=Subquery(newest))
    return {row.dataset_id: row for row in rows.select_related("dataset")}


def version_facts(uid: str) -> VersionFacts | None:
    """Facts of a version; None where it does not exist. Rights are the caller's to check."""
    version = version_by_uid(uid)
    if version is None:
        return None
    holders = Ownership.objects.current().filter(dataset=version.dataset, user__is_active=True)
    roles = list(holders.values_list("role", "user__uid").order_by("id"))
    return VersionFacts(
        uid=version.uid,
        dataset_uid=version.dataset.uid,
        dataset_name=version.dataset.name,
        title=version.dataset.title,
        title_zh=version.dataset.title_zh,
        number=version.number,
        label=version.label,
        digest=version.digest,
        level=version.dataset.level,
        rows=version.rows,
        bytes=version.bytes,
        columns=tuple(Column.objects.filter(version=version).values_list("name", flat=True)),
        path=version.path,
        owner_uids=tuple(uid for role, uid in roles if role == Role.OWNER),
        steward_uids=tuple(uid for role, uid in roles if role == Role.STEWARD),
        contributor_uids=contributors(version),
        created_by_uid=version.created_by.uid,
    )


def contributors(version: DatasetVersion) -> tuple[str, ...]:
    """uids of everybody who made this version or one it was made from (promise 4: they cannot decide)."""
    uids, frontier, seen = [version.created_by.uid], [version.uid], {version.uid}
    while frontier:
        edges = LineageEdge.objects.filter(
            to_kind="dataset_version", to_id__in=frontier, from_kind="dataset_version"
        )
        frontier = sorted(set(edges.values_list("from_id", flat=True)) - seen)
        seen.update(frontier)
        makers = DatasetVersion.objects.filter(uid__in=frontier).order_by("id")
        uids += list(makers.values_list("created_by__uid", flat=True))
    return tuple(dict.fromkeys(uids))
