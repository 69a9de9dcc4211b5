"""What a committee's dossier needs of a version besides its scorecard: personal data and what changed."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Column, DatasetVersion
from governance.models import Permit


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A version against the newest older one that has a permit.

    `rows_changed` is a lower bound from row counts where both exist (no row diff is made for a dossier),
    and all
    rows where nothing was approved before. `against` is "" or a short version name.
    """

    rows_changed: int
    rows_total: int
    against: str
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]


def personal_data(version_uid: str) -> dict[str, list[str]]:
    """PII kinds by column of a version, only the columns that have any."""
    rows = Column.objects.filter(version__uid=version_uid).exclude(pii=[])
    return {row.name: list(row.pii) for row in rows}


def change_against_approved(version_uid: str) -> VersionChange:
    """Rows and columns against the last approved version. Raises DatasetVersion.DoesNotExist."""
    version = DatasetVersion.objects.get(uid=version_uid)
    before = approved_before(version)
    if before is None:
        return VersionChange(version.rows, version.rows, "", (), ())
    now, then = _names(version), _names(before)
    same = version.digest == before.digest
    changed = 0 if same else max(abs(version.rows - before.rows), 1)
    return VersionChange(
        min(changed, version.rows),
        version.rows,
        f"v{before.number}",
        tuple(sorted(now - then)),
        tuple(sorted(then - now)),
    )


def approved_before(version: DatasetVersion) -> DatasetVersion | None:
    """The newest older version a permit was given for."""
    older = DatasetVersion.objects.filter(dataset=version.dataset_id, number__lt=version.number)
    approved = Permit.objects.filter(subject_kind="dataset_version", subject_id__in=older.values("uid"))
    return older.filter(uid__in=approved.values("subject_id")).order_by("-number").first()


def _names(version: DatasetVersion) -> set[str]:
    return set(version.columns.values_list("name", flat=True))
