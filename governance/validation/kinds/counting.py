"""How often each value of a column occurs (standard-rules §4): a small group-by, exact counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound


def value_counts(bound: Bound, frame: pl.LazyFrame) -> dict[Any, int]:
    """Value → rows among the selected ones; missing cells are left out."""
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    counts = (
        bound.filtered(frame)
        .select(bound.value.alias("value"))
        .drop_nulls()
        .group_by("value")
        .len()
        .collect(engine="streaming")
    )
    return dict(zip(counts["value"].to_list(), counts["len"].to_list(), strict=True))


def total(counts: Mapping[Any, int]) -> int:
    """Rows that hold a value."""
    return sum(counts.values())
