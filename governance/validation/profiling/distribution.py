"""Quantiles, histogram and outlying values of an ordered column, from its sorted values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

import polars as pl

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BINS = 20
FAR_OUT = 3.0
"""Values beyond the quartiles by this many interquartile ranges are far out (Tukey 1977)."""
FEW = 0.01
"""Far-out values of a larger share are a long tail, not a handful of mistakes."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - an offset is added to it; the zone is told by the column
_PER_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

Number = int | float


@dataclass(frozen=True)
class Sorted:
    """Values in ascending order, without missing ones; `counts` tells how often each occurs (else once)."""

    values: pl.Series
    counts: pl.Series | None = None

    @property
    def total(self) -> int:
        return len(self.values) if self.counts is None else int(self.counts.sum() or 0)

    def ranked(self, rank: int) -> Number:
        """The value of a rank, from 0."""
        if self.counts is None:
            return self._value(rank)
        return self._value(int(self.counts.cum_sum().search_sorted(rank, side="right")))

    def below(self, bound: Number, *, inclusive: bool = False) -> int:
        """How many values are less than a bound (or equal to it)."""
        place = int(self.values.search_sorted(bound, side="right" if inclusive else "left"))
        if self.counts is None:
            return place
        return int(self.counts.head(place).sum() or 0)

    def quantile(self, share: float) -> float:
        """Type 7 (linear)."""
        at = (self.total - 1) * share
        low = math.floor(at)
        first = self.ranked(low)
        if at == low:
            return float(first)
        return float(first) + (float(self.ranked(low + 1)) - float(first)) * (at - low)

    def _value(self, place: int) -> Number:
        value: Number = self.values[place]
        return value


def facts_of(found: Sorted, kind: pl.DataType) -> dict[str, Any]:
    """`quantiles` and `histogram`, and `fence` where a bound can be told; empty without values."""
    if not found.total:
        return {}
    temporal = not kind.is_numeric()
    if temporal:
        ranks = {str(q): math.floor((found.total - 1) * q) for q in QUANTILES}
        quantiles: dict[str, Any] = {q: moment(found.ranked(rank), kind) for q, rank in ranks.items()}
    else:
        quantiles = {str(q): found.quantile(q) for q in QUANTILES}
    return {"quantiles": quantiles, "histogram": _histogram(found, kind), "fence": _fence(found, kind)}


def _histogram(found: Sorted, kind: pl.DataType) -> dict[str, Any]:
    """Equal-width bins `[edge, next edge)` from the smallest to the largest value; the last holds its upper
    edge."""
    low, high = found.ranked(0), found.ranked(found.total - 1)
    if not high > low:
        return _labelled({"edges": [low, high], "counts": [found.total]}, kind)
    edges = [low + (high - low) * step / BINS for step in range(BINS + 1)]
    if not kind.is_numeric():
        edges = sorted({math.floor(edge) for edge in edges} | {high})
    under = [found.below(edge) for edge in edges[:-1]] + [found.total]
    counts = [after - before for before, after in pairwise(under)]
    return _labelled({"edges": edges, "counts": counts}, kind)


def _labelled(histogram: dict[str, Any], kind: pl.DataType) -> dict[str, Any]:
    if kind.is_numeric():
        return histogram
    return {**histogram, "labels": [moment(edge, kind) for edge in histogram["edges"]]}


def _fence(found: Sorted, kind: pl.DataType) -> dict[str, Any]:
    """Bounds for the values, rounded outwards, and how many lie beyond.

    On either side the extreme, or Tukey's far-out fence where only a few values lie beyond it; where a few
    values are negative, zero.
    """
    low, high = found.ranked(0), found.ranked(found.total - 1)
    first, third = found.quantile(0.25), found.quantile(0.75)
    reach = FAR_OUT * (third - first)
    lowest = 0 if kind.is_numeric() and low < 0 <= first else first - reach
    robust = False
    if reach > 0 and low < lowest and found.below(lowest) <= FEW * found.total:
        robust, low = True, lowest
    above = third + reach
    if reach > 0 and high > above and found.total - found.below(above, inclusive=True) <= FEW * found.total:
        robust, high = True, above
    if not kind.is_numeric():
        return _since(found, low, kind, robust)
    start, end = _outwards(low, high, whole=kind.is_integer())
    below, above = found.below(start), found.total - found.below(end, inclusive=True)
    return {"min": start, "max": end, "below": below, "above": above, "robust": robust}


def _outwards(low: Number, high: Number, *, whole: bool) -> tuple[Number, Number]:
    """Both ends moved to a multiple of a step, a hundredth to a tenth of the span; never across zero."""
    span = Decimal(high) - Decimal(low)
    step = Decimal(1).scaleb(span.adjusted() - 1) if span else Decimal(1)
    if whole:
        step = max(step, Decimal(1))
    start = (Decimal(low) / step).to_integral_value(ROUND_FLOOR) * step
    end = (Decimal(high) / step).to_integral_value(ROUND_CEILING) * step
    if not span and not whole:
        start, end = Decimal(low), Decimal(high)
    return (int(start), int(end)) if whole else (float(start), float(end))


def _since(found: Sorted, low: Number, kind: pl.DataType, robust: bool) -> dict[str, Any]:
    """Only a first day can be told of dates: the start of the year of the smallest usual one."""
    if isinstance(kind, pl.Time):
        return {}
    year = int(moment(math.ceil(low), kind)[:4])
    start = datetime(year, 1, 1) - _EPOCH  # noqa: DTZ001 - compared with offsets from the same epoch
    bound = start.days
    if isinstance(kind, pl.Datetime):
        bound = start.days * 86_400 * _PER_SECOND[kind.time_unit]
    return {"min": f"{year:04d}-01-01", "below": found.below(bound), "above": 0, "robust": robust}


def moment(offset: Number, kind: pl.DataType) -> str:
    """ISO text of a place on the axis of a date, timestamp or time column."""
    whole = int(offset)
    if isinstance(kind, pl.Date):
        return (date(1970, 1, 1) + timedelta(days=whole)).isoformat()
    if isinstance(kind, pl.Time):
        return (_EPOCH + timedelta(microseconds=whole // 1000)).time().isoformat()
    unit = kind.time_unit if isinstance(kind, pl.Datetime) else "us"
    at = _EPOCH + timedelta(microseconds=whole * 1_000_000 // _PER_SECOND[unit])
    return at.replace(tzinfo=UTC).isoformat() if _zoned(kind) else at.isoformat()


def _zoned(kind: pl.DataType) -> bool:
    return isinstance(kind, pl.Datetime) and kind.time_zone is not None


def plain(value: object) -> Any:
    """A JSON value: no NaN or infinity, dates as ISO text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)
