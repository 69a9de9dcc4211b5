"""`drift_psi` on Polars."""

from __future__ import annotations

import math
from decimal import Decimal

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import NUMBER_TYPES, Bound, Finding, PolarsBody

FLOOR = 0.0001


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """Σ (p − q)·ln(p/q) over the bins; missing cells are one more bin where either side has some."""
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    other = (
        bound.resources.before() if bound["against"] is None else bound.resources.reference(bound["against"])
    )
    old = bound.filtered(other.prepared(bound.rule.reads)).select(bound.value.alias("value"))
    new = bound.filtered(frame).select(bound.value.alias("value"))
    bins = _numeric(old, bound["bins"]) if bound.column.logical.name in NUMBER_TYPES else pl.col("value")
    before, after = _counts(old, bins), _counts(new, bins)
    rows_before, rows_after = sum(before.values()), sum(after.values())
    if rows_before == 0:
        raise Unjudgeable("previous_empty")
    if rows_after == 0:
        return Finding(False, reason="no_value")
    psi = 0.0
    for key in sorted(before.keys() | after.keys(), key=repr):
        p = max(after.get(key, 0) / rows_after, FLOOR)
        q = max(before.get(key, 0) / rows_before, FLOOR)
        psi += (p - q) * math.log(p / q)
    return Finding(Decimal(psi) <= bound["max"], observed=psi)


def _numeric(old: pl.LazyFrame, bins: int) -> pl.Expr:
    """Bin number of a value: edges are the distinct type-7 quantiles i/bins of the old values."""
    value = pl.col("value").cast(pl.Float64)
    quantiles = [value.quantile(i / bins, interpolation="linear").alias(str(i)) for i in range(1, bins)]
    row = old.select(quantiles).collect(engine="streaming").row(0) if quantiles else ()
    edges = sorted({edge for edge in row if edge is not None})
    passed = [(value > edge).cast(pl.Int64) for edge in edges]
    return pl.when(value.is_not_null()).then(
        pl.sum_horizontal(passed) if passed else pl.lit(0, dtype=pl.Int64)
    )


def _counts(frame: pl.LazyFrame, bins: pl.Expr) -> dict[object, int]:
    counts = frame.select(bins.alias("bin")).group_by("bin").len().collect(engine="streaming")
    return dict(zip(counts["bin"].to_list(), counts["len"].to_list(), strict=True))


BODY = PolarsBody(measure=measure)
