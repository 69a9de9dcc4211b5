"""`aggregate_band` on Polars."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.aggregate_band import _HALF
from governance.validation.kinds.base import NUMBER_TYPES, ORDERED_TYPES, Bound, PolarsBody

EXTREMES = ("min", "max")


def needed(bound: Bound) -> pl.Expr:
    """The selected values; raises Unjudgeable `type_mismatch`."""
    stat = bound["stat"]
    if stat != "distinct":
        bound.need(*(ORDERED_TYPES if stat in EXTREMES else NUMBER_TYPES))
    elif bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    return bound.value if bound.selected is None else bound.value.filter(bound.selected)


def aggregates(bound: Bound) -> Mapping[str, pl.Expr]:
    """What the statistic is computed from. Integers are summed in two halves, so that no sum wraps round."""
    value, stat = needed(bound), bound["stat"]
    whole = bound.column.logical.name == "integer"
    parts: dict[str, pl.Expr] = {"count": value.count()}
    if stat in ("mean", "sum") and whole:
        # UInt128 halves stay unsigned; shifting by 2^64 keeps each half's sum far below the limit.
        parts["high"] = (value // _HALF).cast(pl.Int128).sum() if _wide(bound) else pl.lit(0)
        parts["low"] = ((value % _HALF) if _wide(bound) else value).cast(pl.Int128).sum()
    elif stat in ("quantile", "median"):
        share = 0.5 if stat == "median" else float(bound["q"])
        # Among nulls polars finds the same ranks with less precision.
        parts["value"] = value.drop_nulls().cast(pl.Float64).quantile(share, interpolation="linear")
    elif stat == "distinct":
        parts["value"] = value.drop_nulls().n_unique()
    elif stat == "std":
        parts["value"] = value.cast(pl.Float64).std(ddof=1)
    else:
        parts["value"] = {"mean": value.mean, "sum": value.sum, "min": value.min, "max": value.max}[stat]()
    return parts


def _wide(bound: Bound) -> bool:
    return (bound.column.logical.format or "i64").endswith("128")


BODY = PolarsBody(aggregates=aggregates)
