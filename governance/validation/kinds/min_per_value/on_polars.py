"""`min_per_value` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, Finding, PolarsBody
from governance.validation.kinds.counting import value_counts
from governance.validation.kinds.min_per_value import of_counts


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """The counts of the listed values, else of those present."""
    counts = value_counts(bound, frame)
    wanted = bound["values"]
    return of_counts(bound, counts.values() if wanted is None else [counts.get(value, 0) for value in wanted])


BODY = PolarsBody(measure=measure)
