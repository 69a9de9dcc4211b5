"""Exact quantiles (linear, type 7; standard-rules §4): the same double from the same neighbours on every
engine."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


class Gap(LookupError):
    """A neighbour of the quantile was counted but not looked at."""


def quantile(values: Sequence[float | None], counts: Sequence[int], share: float) -> float:
    """Of values in order and how often each occurs; None stands for several.

    The very arithmetic of polars. Raises Gap.
    """
    ends = list(accumulate(counts))
    place = (ends[-1] - 1.0) * share
    low, high = (values[bisect_right(ends, edge)] for edge in (math.floor(place), math.ceil(place)))
    if low is None or high is None:
        raise Gap
    return low if low == high else (place - math.floor(place)) * (high - low) + low
