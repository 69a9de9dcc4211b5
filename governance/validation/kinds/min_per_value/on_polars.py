"""`min_per_value` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, Finding, PolarsBody
from governance.validation.kinds.counting import value_counts


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """The smallest count among the listed values, else among those present."""
    counts = value_counts(bound, frame)
    wanted = bound["values"]
    judged = list(counts.values()) if wanted is None else [counts.get(value, 0) for value in wanted]
    if not judged:
        return Finding(False, reason="no_value")
    least = min(judged)
    return Finding(least >= bound["min_rows"], observed=least)


BODY = PolarsBody(measure=measure)
