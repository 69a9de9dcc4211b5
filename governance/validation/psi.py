"""How far a column has moved between two profiles: a survey over stored bins; drift_psi is the exact rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from governance.validation.errors import invalid

SMALLEST_SHARE = 0.0001
"""Shares below this are raised to it, as drift_psi does (standard-rules §4)."""


def psi(old: Sequence[float], new: Sequence[float]) -> float:
    """Σ (p − q)·ln(p/q) over bins, p new and q old shares, none below 0.0001 (standard-rules §4)."""
    if len(old) != len(new) or not sum(old) or not sum(new):
        raise invalid("PSI needs the same bins on both sides.", "PSI 需要两侧使用相同的分箱。")
    total = 0.0
    for was, now in zip(old, new, strict=True):
        q, p = max(was / sum(old), SMALLEST_SHARE), max(now / sum(new), SMALLEST_SHARE)
        total += (p - q) * math.log(p / q)
    return total


def column_psi(
    old: Mapping[str, Any], new: Mapping[str, Any], rows_before: int, rows_after: int
) -> float | None:
    """PSI of one column's facts: histograms by the edges of the old one, else the listed values; None where
    neither is there."""
    if not rows_before or not rows_after:
        return None
    if "histogram" in old and "histogram" in new:
        edges = old["histogram"]["edges"]
        bins_old = list(old["histogram"]["counts"])
        bins_new = _rebinned(new["histogram"], edges)
        if len(bins_new) != len(bins_old) + 2:
            return None
        bins_old = [0, *bins_old, 0]
    elif old.get("top") and new.get("top"):
        bins_old, bins_new = _value_bins(old, new)
    else:
        return None
    return psi([*bins_old, old["missing"]], [*bins_new, new["missing"]])


def _rebinned(histogram: Mapping[str, Any], edges: Sequence[float]) -> list[float]:
    """Counts of a histogram by other edges, each bin spread evenly; below and above come as well."""
    limits = [-math.inf, *edges, math.inf]
    counts = [0.0] * (len(limits) - 1)
    own = histogram["edges"]
    for place, count in enumerate(histogram["counts"]):
        low, high = own[place], own[place + 1]
        for target in range(len(counts)):
            if high > low:
                overlap = min(high, limits[target + 1]) - max(low, limits[target])
                counts[target] += count * max(overlap, 0.0) / (high - low)
        if high <= low:  # a lone value; the lowest edge belongs to the first bin
            target = next(t for t in range(len(counts)) if low <= limits[t + 1])
            counts[1 if low == edges[0] else target] += count
    return counts


def _value_bins(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """One bin per listed value of either side and one for all others."""
    was = {entry["value"]: entry["count"] for entry in old["top"]}
    now = {entry["value"]: entry["count"] for entry in new["top"]}
    values = sorted(was | now)
    return (
        [*(was.get(value, 0) for value in values), old["count"] - sum(was.values())],
        [*(now.get(value, 0) for value in values), new["count"] - sum(now.values())],
    )
