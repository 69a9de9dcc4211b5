"""The profile of a version column by column, beside that of the version before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.models import Column, DatasetVersion, Profile
from governance.validation.psi import column_psi


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A column's facts, and those of the version before; `moved` is the PSI between their bins."""

    name: str
    level: int | None
    facts: dict[str, Any]
    before: dict[str, Any] | None
    moved: float | None

    @property
    def masked(self) -> bool:
        """Whether values are not shown: counts only."""
        return bool(self.facts.get("masked")) or (self.level or 0) >= 3


def profile_rows(version: DatasetVersion, before: DatasetVersion | None) -> list[ProfileRow]:
    """Profiled columns in file order. Facts of a column that is masked today are taken away here too."""
    stored = Profile.objects.filter(version__in=[version, *([before] if before else [])])
    by_version: dict[int, dict[str, dict[str, Any]]] = {}
    for one in stored:
        by_version.setdefault(one.version_id, {})[one.column] = one.data
    now = by_version.get(version.pk, {})
    then = by_version.get(before.pk, {}) if before else {}
    levels = dict(Column.objects.filter(version=version).values_list("name", "level"))
    return [
        _row(name, facts, then.get(name), levels.get(name), version, before) for name, facts in now.items()
    ]


def _row(
    name: str,
    facts: dict[str, Any],
    old: dict[str, Any] | None,
    level: int | None,
    version: DatasetVersion,
    before: DatasetVersion | None,
) -> ProfileRow:
    highest = max(level or 0, facts.get("level") or 0, (old or {}).get("level") or 0)
    if highest >= 3:
        facts, old = counts_of(facts), counts_of(old) if old else None
    moved = column_psi(old, facts, before.rows, version.rows) if old and before else None
    return ProfileRow(name, highest or None, facts, old, moved)


COUNTS = (
    "type",
    "count",
    "missing",
    "missing_share",
    "uncastable",
    "distinct",
    "distinct_exact",
    "unique_share",
    "empty",
    "outer_space",
    "castable",
    "looked_at",
    "looked_at_all",
    "pii",
    "level",
    "masked",
)
"""Facts that tell no value and no figure of one."""


def counts_of(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: facts[key] for key in COUNTS if key in facts} | {"masked": True}
