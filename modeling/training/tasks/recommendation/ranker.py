"""A ranker over features: which item of a list was taken? A conditional logit (McFadden 1974).

Each feature enters by piecewise linear steps between its quantiles, so that a count may matter up to a point
and no further. It is fitted by L-BFGS on a convex loss, so equal data give equal weights; and it is numbers
in JSON, not a pickled forest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

KNOTS: Final = (0.0, 0.25, 0.5, 0.75, 0.9, 0.98, 1.0)
RIDGE: Final = 1e-3
_CHUNK: Final = 1024


@dataclass(frozen=True)
class Ranker:
    """``knots`` by feature: where its slope may change; ``weights`` (Σ segments,): one slope per segment."""

    knots: Mapping[str, np.ndarray]
    weights: np.ndarray

    def scores(self, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """Features (n, m) each to scores float64 (n, m)."""
        weights = self.weights.astype(np.float32)
        rows = len(next(iter(features.values())))
        chunks = [
            _bent({name: features[name][at : at + _CHUNK] for name in self.knots}, self.knots) @ weights
            for at in range(0, rows, _CHUNK)
        ]
        return np.concatenate(chunks).astype(np.float64)

    def as_json(self) -> dict[str, Any]:
        """Plain data, for a file beside the weights."""
        return {
            "knots": {name: [float(at) for at in knots] for name, knots in self.knots.items()},
            "weights": [float(weight) for weight in self.weights],
        }


def from_json(data: Mapping[str, Any]) -> Ranker:
    """What :meth:`Ranker.as_json` gave. Raises KeyError, TypeError, ValueError for anything else."""
    knots = {str(name): np.asarray(at, dtype=np.float64) for name, at in data["knots"].items()}
    return Ranker(knots, np.asarray(data["weights"], dtype=np.float64))


def fit(features: Mapping[str, np.ndarray], names: Sequence[str]) -> Ranker:
    """The ranker with the greatest likelihood on lists whose first column was taken. Features (n, m)."""
    chosen = {name: features[name] for name in names}
    knots = {name: _knots(values) for name, values in chosen.items()}
    bent = _bent(chosen, knots)
    lists, places, segments = bent.shape
    flat = bent.reshape(lists * places, segments)
    taken = bent[:, 0].mean(axis=0, dtype=np.float64)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = (flat @ weights.astype(np.float32)).astype(np.float64).reshape(lists, places)
        top = scores.max(axis=1, keepdims=True)
        powers = np.exp(scores - top)
        total = powers.sum(axis=1, keepdims=True)
        value = float((np.log(total) + top)[:, 0].mean() - scores[:, 0].mean())
        slope = (powers / total).astype(np.float32).ravel() @ flat / lists - taken
        return value + RIDGE * float(weights @ weights), slope + 2 * RIDGE * weights

    found = minimize(loss, np.zeros(segments), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return Ranker(knots, np.asarray(found.x))


def _knots(values: np.ndarray) -> np.ndarray:
    """Distinct quantiles; a feature that never differs has one knot and therefore no segment."""
    return np.unique(np.quantile(values.astype(np.float64), KNOTS))


def _bent(features: Mapping[str, np.ndarray], knots: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, m, Σ segments): how far a value reaches into each segment, 0 to 1; the last one goes on beyond."""
    columns = []
    for name, places in knots.items():
        values = features[name].astype(np.float64)
        for at in range(len(places) - 1):
            reach = (values - places[at]) / (places[at + 1] - places[at])
            most = np.inf if at == len(places) - 2 else 1.0
            columns.append(np.clip(reach, 0.0 if at else -np.inf, most).astype(np.float32))
    shape = next(iter(features.values())).shape
    return np.stack(columns, axis=-1) if columns else np.zeros((*shape, 0), dtype=np.float32)
