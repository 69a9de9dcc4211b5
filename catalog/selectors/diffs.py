"""What changed between two versions of a dataset: rows, columns, types, levels."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import Column, DatasetVersion


@dataclass(frozen=True, slots=True)
class VersionDiffRow:
    """One change. `op` is add, change or del; absent sides are None. `what` is a column name or a word
    below."""

    op: str
    what: str
    before: str | None
    after: str | None


def version_before(version: DatasetVersion) -> DatasetVersion | None:
    """The version before of the same label."""
    rows = DatasetVersion.objects.filter(
        dataset=version.dataset_id, label=version.label, number__lt=version.number
    )
    return rows.order_by("-number").first()


def version_diff(before: DatasetVersion, after: DatasetVersion) -> list[VersionDiffRow]:
    """Changes from one version to another; empty where the bytes are the same."""
    changes = []
    for what in ("rows", "bytes"):
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            changes.append(VersionDiffRow("change", what, f"{old:,}", f"{new:,}"))
    old_columns, new_columns = _columns(before), _columns(after)
    for name in new_columns:
        if name not in old_columns:
            changes.append(VersionDiffRow("add", name, None, new_columns[name]))
        elif old_columns[name] != new_columns[name]:
            changes.append(VersionDiffRow("change", name, old_columns[name], new_columns[name]))
    gone = [name for name in old_columns if name not in new_columns]
    return changes + [VersionDiffRow("del", name, old_columns[name], None) for name in gone]


def _columns(version: DatasetVersion) -> dict[str, str]:
    rows = Column.objects.filter(version=version).values_list("name", "type", "level")
    return {name: f"{kind}, L{level}" if level else kind for name, kind, level in rows}
