"""`row_count_change` on Polars."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Finding, PolarsBody


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """100·(rows − previous)/previous, exactly."""
    previous = bound.resources.before()
    old = _count(bound, previous.prepared(bound.rule.reads))
    if old == 0:
        raise Unjudgeable("previous_empty")
    change = Fraction(100 * (_count(bound, frame) - old), old)
    up, down = bound["max_increase_percent"], bound["max_decrease_percent"]
    ok = (up is None or change <= Fraction(up)) and (down is None or -change <= Fraction(down))
    return Finding(ok, observed=float(change))


def _count(bound: Bound, frame: pl.LazyFrame) -> int:
    return int(bound.filtered(frame).select(pl.len()).collect(engine="streaming").item())


BODY = PolarsBody(measure=measure)
