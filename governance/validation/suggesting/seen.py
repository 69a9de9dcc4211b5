"""One column as the proposers see it: its facts, its declaration, the rules it already has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.validation.model import Column, Rule
from governance.validation.suggesting.model import FEWEST


@dataclass(frozen=True)
class SeenColumn:
    """`before` are its facts in the previous version's profile, `rows` those of the whole table."""

    column: Column
    facts: Mapping[str, Any]
    rules: tuple[Rule, ...]
    rows: int
    now: datetime
    before: Mapping[str, Any] | None = None
    rows_before: int = 0

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def count(self) -> int:
        """Cells that hold a value."""
        return int(self.facts.get("count") or 0)

    @property
    def is_stored_text(self) -> bool:
        """Texts of a column that is text, or of no declared type."""
        return self.facts.get("type") == "String" and self.column.is_text

    @property
    def speaks(self) -> bool:
        """Whether there are enough cells to say anything."""
        return self.count >= FEWEST

    def has(self, *kinds: str) -> bool:
        """Whether a rule of one of the kinds judges this column, for all rows and without leave to fail."""
        return any(rule.kind in kinds and is_plain(rule) for rule in self.rules)

    def of_kind(self, kinds: Collection[str]) -> list[Rule]:
        """All rules of the kinds on this column."""
        return [rule for rule in self.rules if rule.kind in kinds]


def is_plain(rule: Rule) -> bool:
    """No `where`, tolerance or threshold: nothing that lets a row pass which the bare rule would fail."""
    return (
        rule.where is None and rule.tolerance is None and (rule.threshold is None or rule.threshold.is_none)
    )
