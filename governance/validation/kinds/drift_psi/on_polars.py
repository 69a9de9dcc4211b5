"""`drift_psi` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import NUMBER_TYPES, Bound, Finding, PolarsBody
from governance.validation.kinds.drift_psi.judging import of_counts, shares


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """Old edges first, then both sides by bin."""
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    other = (
        bound.resources.before() if bound["against"] is None else bound.resources.reference(bound["against"])
    )
    old = bound.filtered(other.prepared(bound.rule.reads)).select(bound.value.alias("value"))
    new = bound.filtered(frame).select(bound.value.alias("value"))
    bins = _numeric(old, bound) if bound.column.logical.name in NUMBER_TYPES else pl.col("value")
    return of_counts(bound, _counts(old, bins), _counts(new, bins))


def _numeric(old: pl.LazyFrame, bound: Bound) -> pl.Expr:
    """Bin number of a value: edges are the distinct type-7 quantiles i/bins of the old values."""
    value = pl.col("value").cast(pl.Float64)
    held = value.drop_nulls()  # among nulls polars finds the same ranks with less precision
    quantiles = [
        held.quantile(share, interpolation="linear").alias(str(place))
        for place, share in enumerate(shares(bound))
    ]
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
