"""Collects estimates of several models on one set of rows and puts paired bootstrap intervals on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from modeling.training.evaluation import metrics

Estimate = Callable[[np.ndarray], np.ndarray]
_CHUNK: Final = 100
LOWER_IS_BETTER: Final = frozenset({"log_loss", "calibration_error"})


@dataclass(frozen=True)
class Interval:
    """A value with its percentile bootstrap interval."""

    value: float
    low: float
    high: float


class Board:
    """Models by metric on one role. ``groups`` (rows,) are what is drawn; all models see the same draws
    (paired).

    An estimate maps group weights (draws, groups) to values (draws,).
    """

    def __init__(self, groups: np.ndarray, draws: int, seed: int, level: float) -> None:
        self.groups, self.level = groups, level
        self.count = int(groups.max()) + 1
        self._draws, self._seed = draws, seed
        self._estimates: dict[str, dict[str, Estimate]] = {}
        self._sizes: dict[str, int] = {}

    def pooled(self, metric: str, model: str, of_rows: Callable[[np.ndarray], np.ndarray]) -> None:
        """Add a metric over all rows; ``of_rows`` maps row weights (draws, rows) to (draws,)."""
        self._add(metric, model, lambda weights: of_rows(weights[:, self.groups]), len(self.groups))

    def mean(self, metric: str, model: str, values: np.ndarray, defined: np.ndarray) -> None:
        """Add a metric that is the mean of one value per group, over the groups where it is ``defined``."""
        known, mask = np.where(defined, values, 0.0), defined.astype(np.float64)
        self._add(metric, model, lambda weights: _mean(weights @ known, weights @ mask), int(defined.sum()))

    def values(self, model: str) -> dict[str, Interval]:
        """Every metric of one model with its interval."""
        return {
            metric: self._interval(self._point(models[model]), self._spread(models[model]))
            for metric, models in self._estimates.items()
            if model in models
        }

    def compared(self, metric: str, main: str) -> dict[str, Any]:
        """One metric of ``main``: n, value, interval, and its paired gain over each other model; nothing
        where it is not on the board."""
        models = self._estimates.get(metric, {})
        if main not in models:
            return {}
        own, spread = self._point(models[main]), self._spread(models[main])
        against = {}
        for name, estimate in models.items():
            if name != main:
                gap = self._interval(own - self._point(estimate), spread - self._spread(estimate))
                against[name] = {**_numbers(gap), "verdict": _verdict(gap, metric)}
        return {"n": self._sizes[metric], **_numbers(self._interval(own, spread)), "against": against}

    def report(self, main: str) -> dict[str, Any]:
        """Plain data: ``metrics`` (each model's value and interval) and ``differences`` (``main`` minus each
        other).

        ``verdict`` is ``better`` or ``worse`` only where the interval of the difference excludes 0, else
        ``no_difference_shown``.
        """
        rows: list[dict[str, Any]] = []
        differences: list[dict[str, Any]] = []
        for metric, models in self._estimates.items():
            points = {name: self._point(estimate) for name, estimate in models.items()}
            spreads = {name: self._spread(estimate) for name, estimate in models.items()}
            for name in models:
                interval = self._interval(points[name], spreads[name])
                rows.append({"metric": metric, "model": name, "n": self._sizes[metric], **_numbers(interval)})
            for name in models:
                if main in models and name != main:
                    gap = self._interval(points[main] - points[name], spreads[main] - spreads[name])
                    differences.append(
                        {"metric": metric, "against": name, "verdict": _verdict(gap, metric), **_numbers(gap)}
                    )
        return {
            "metrics": rows,
            "differences": differences,
            "bootstrap": {
                "draws": self._draws,
                "seed": self._seed,
                "level": self.level,
                "groups": self.count,
            },
        }

    def _add(self, metric: str, model: str, estimate: Estimate, size: int) -> None:
        self._estimates.setdefault(metric, {})[model] = estimate
        self._sizes[metric] = size

    def _point(self, estimate: Estimate) -> float:
        return float(estimate(np.ones((1, self.count)))[0])

    def _spread(self, estimate: Estimate) -> np.ndarray:
        """The estimate under every draw of groups with replacement; the same draws at each call."""
        random = np.random.default_rng(self._seed)
        parts = []
        for start in range(0, self._draws, _CHUNK):
            size = min(_CHUNK, self._draws - start)
            weights = random.multinomial(self.count, np.full(self.count, 1.0 / self.count), size=size)
            parts.append(estimate(weights.astype(np.float64)))
        return np.concatenate(parts)

    def _interval(self, value: float, spread: np.ndarray) -> Interval:
        known = spread[~np.isnan(spread)]
        if not len(known):
            return Interval(value, float("nan"), float("nan"))
        tail = (1.0 - self.level) / 2.0
        low, high = np.quantile(known, [tail, 1.0 - tail])
        return Interval(value, float(low), float(high))


def judge_pairs(
    board: Board,
    model: str,
    scores: np.ndarray,
    labels: np.ndarray,
    positive_from: float,
    threshold: float | None,
) -> None:
    """AUC, AP and, with a ``threshold`` chosen elsewhere, F1 of a yes/no reading of the labels."""
    positive = labels >= positive_from
    board.pooled("auc", model, lambda weights: metrics.auc(scores, positive, weights))
    board.pooled("ap", model, lambda weights: metrics.average_precision(scores, positive, weights))
    if threshold is not None:
        chosen = scores >= threshold
        board.pooled("f1", model, lambda weights: metrics.f1(chosen, positive, weights))


def _numbers(interval: Interval) -> dict[str, float | None]:
    pairs = {"value": interval.value, "low": interval.low, "high": interval.high}
    return {key: None if np.isnan(number) else round(number, 6) for key, number in pairs.items()}


def _verdict(gap: Interval, metric: str) -> str:
    if not (gap.low > 0 or gap.high < 0):
        return "no_difference_shown"
    return "better" if (gap.low > 0) != (metric in LOWER_IS_BETTER) else "worse"


def _mean(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / np.maximum(below, 1e-12), np.nan)
