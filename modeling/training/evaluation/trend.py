"""Does the share of some classes rise over time? Of what the model says of the test rows, in order of time.

Stretches hold about as many rows each; rows of one instant stay together. Shares have Wilson intervals
(Wilson 1927); the rise is tested by the Cochran-Armitage test for a trend in proportions (Armitage 1955), one
sided: it asks for a trend over all stretches, not for the luckiest pair of them. It takes rows as
independent: where one writer has many of them, alarms come oftener than said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, Final

import numpy as np

#: What is called negative where the plan does not say which classes to watch.
NEGATIVE: Final = frozenset({"negative", "neg", "bad", "complaint", "angry", "负面", "消极", "差评", "不满"})
MOST_STRETCHES: Final = 12
FEWEST_STRETCHES: Final = 3
FEWEST_ROWS: Final = 20
ALPHA: Final = 0.01
LEVEL: Final = 0.95


def watched_of(classes: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """The classes to watch: those asked for that there are, else those whose name says negative."""
    if asked:
        return tuple(name for name in classes if name in set(asked))
    return tuple(name for name in classes if name.strip().lower() in NEGATIVE)


def trend(
    times: np.ndarray, said: np.ndarray, true: np.ndarray, watched: Sequence[str]
) -> dict[str, Any] | None:
    """``stretches`` (from, to, n, share, low, high, labelled), ``p`` and ``rising``; None where there are too
    few rows. ``times``: text (n,), numbers or text that sorts, rows without one left out; ``said``, ``true``:
    bool (n,), of a watched class by the model and by its label."""
    kept = np.flatnonzero(times != "")
    order = kept[_order(times[kept])]
    count = min(MOST_STRETCHES, len(order) // FEWEST_ROWS)
    if count < FEWEST_STRETCHES:
        return None
    found = [_stretch(times, said, true, rows) for rows in _stretches(times[order], order, count)]
    if len(found) < FEWEST_STRETCHES:
        return None
    p = rise([row["n"] for row in found], [row["said"] for row in found])
    return {
        "watched": list(watched),
        "stretches": found,
        "p": round(p, 6),
        "rising": p < ALPHA,
        "alpha": ALPHA,
    }


def rise(sizes: Sequence[int], hits: Sequence[int]) -> float:
    """One-sided p of the Cochran-Armitage test that the share rises from stretch to stretch; 1 where every
    row is alike."""
    n, x = np.asarray(sizes, dtype=np.float64), np.asarray(hits, dtype=np.float64)
    at, total = np.arange(len(n), dtype=np.float64), n.sum()
    mean = x.sum() / total
    spread = mean * (1 - mean) * ((n * at**2).sum() - (n * at).sum() ** 2 / total)
    if spread <= 0:
        return 1.0
    z = float((at * (x - n * mean)).sum() / math.sqrt(spread))
    return 1.0 - NormalDist().cdf(z)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The Wilson interval of a share at 95 %."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, square = hits / count, z * z / count
    centre, half = share + square / 2, z * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return (centre - half) / (1 + square), (centre + half) / (1 + square)


def _order(times: np.ndarray) -> np.ndarray:
    """Rows in order of time: as numbers where every one is a number, else as text."""
    try:
        return np.argsort(times.astype(np.float64), kind="stable")
    except ValueError:
        return np.argsort(times.astype(str), kind="stable")


def _stretches(times: np.ndarray, order: np.ndarray, count: int) -> list[np.ndarray]:
    """Rows of each stretch; ``times`` are those of ``order``. A stretch begins where an instant does."""
    begins = np.flatnonzero(np.append(True, times[1:] != times[:-1]))
    number = begins * count // len(order)
    cuts = begins[np.flatnonzero(np.diff(number)) + 1]
    return np.split(order, cuts)


def _stretch(times: np.ndarray, said: np.ndarray, true: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    hits, count = int(said[rows].sum()), len(rows)
    low, high = wilson(hits, count)
    return {
        "from": str(times[rows[0]])[:40],
        "to": str(times[rows[-1]])[:40],
        "n": count,
        "said": hits,
        "share": round(hits / count, 6),
        "low": round(low, 6),
        "high": round(high, 6),
        "labelled": round(float(true[rows].mean()), 6),
    }
