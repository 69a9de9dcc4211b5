"""Exact quantiles on Spark: a sketch says where to look, counts decide (standard-rules §3, §4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import polars as pl

from governance.validation.kinds.ranks import Gap, quantile

if TYPE_CHECKING:
    import ibis.expr.types as ir

    Bracket = tuple[float, float]

SMALL = 20_000
"""Up to so many values all distinct ones are fetched."""

MARGIN = 0.0005
"""Spark's `percentile_approx` is off by 1/10000 of the ranks at most; two more are needed on each side."""

_EVERYTHING = [(-math.inf, math.inf)]


def quantiles(
    fetch: Callable[[ir.Table], pl.DataFrame], values: ir.Table, shares: Sequence[float]
) -> list[float]:
    """Type-7 quantiles of the one double column of a table without missing values; none where it is empty.

    Two queries: where the quantiles are about, then exact counts of what lies between there and below. So a
    thousandth of the distinct values at most is fetched, however many there are.
    """
    value = values[values.columns[0]]
    edges = [min(max(share + side, 0.0), 1.0) for share in shares for side in (-MARGIN, MARGIN)]
    about = {f"edge{place}": value.approx_quantile(edge) for place, edge in enumerate(edges)}
    row = fetch(values.aggregate(rows=values.count(), **about)).row(0, named=True)
    if not shares or row["rows"] == 0:
        return []
    found = [row[f"edge{place}"] for place in range(len(edges))]
    narrow = _merged(list(zip(found[::2], found[1::2], strict=True)))
    for brackets in [_EVERYTHING] if row["rows"] <= SMALL else [narrow, _EVERYTHING]:
        ranked, counts = _counted(fetch, value, brackets)
        try:
            return [quantile(ranked, counts, share) for share in shares]
        except Gap:
            continue
    raise AssertionError("all values were counted")


def _merged(brackets: list[Bracket]) -> list[Bracket]:
    merged: list[Bracket] = []
    for low, high in sorted(brackets):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _counted(
    fetch: Callable[[ir.Table], pl.DataFrame], value: ir.Column, brackets: list[Bracket]
) -> tuple[list[float | None], list[int]]:
    """The distinct values within the brackets in order, with their counts; None for what lies between."""
    passed = [(value >= low).cast("int32") + (value > high).cast("int32") for low, high in brackets]
    zone = reduce(add, passed).name("zone")
    kept = (zone % 2 == 1).ifelse(value, None).name("value")
    zoned = value.as_table().select(zone, kept)
    counts = fetch(zoned.group_by("zone", "value").aggregate(n=zoned.count())).sort("zone", "value")
    return counts["value"].to_list(), counts["n"].to_list()
