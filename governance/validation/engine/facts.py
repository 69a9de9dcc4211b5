"""What was seen about each rule, before it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from governance.validation.kinds.base import Bound, Finding, Kind, PolarsBody
from governance.validation.model import Rule

Skip = Literal["optional_column_absent", "first_version"]


@dataclass
class RuleFacts:
    """Counts of a row rule, finding of a table rule, or why there is neither."""

    rule: Rule
    kind: Kind
    body: PolarsBody
    bound: Bound | None = None
    expr: pl.Expr | None = None
    """Fusable row rules: True, False, or null = not checked."""
    failing: int | None = None
    checked: int | None = None
    finding: Finding | None = None
    error: str | None = None
    skipped: Skip | None = None
    pandera: str = ""
    first_rows: tuple[int, ...] = ()
    pii_columns: frozenset[str] = frozenset()
    """Columns a `pii` rule found something in, or demands it of."""

    @property
    def judged(self) -> bool:
        """Neither errored nor skipped."""
        return self.error is None and self.skipped is None


@dataclass(frozen=True)
class Seen:
    """All facts of one validation."""

    rows: int
    facts: tuple[RuleFacts, ...]
    extra_columns: tuple[str, ...] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
