"""`row_count_change` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, Finding, PolarsBody
from governance.validation.kinds.row_count_change.judging import of_counts


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """Rows here and in the previous version."""
    previous = bound.resources.before().prepared(bound.rule.reads)
    return of_counts(bound, _count(bound, frame), _count(bound, previous))


def _count(bound: Bound, frame: pl.LazyFrame) -> int:
    return int(bound.filtered(frame).select(pl.len()).collect(engine="streaming").item())


BODY = PolarsBody(measure=measure)
