"""Metrics as functions of row weights, so that one bootstrap serves all of them.

Pooled metrics take ``weights`` (draws, rows) and return (draws,): a row of weight 2 counts as two rows.
List metrics return one value per group and a mask of the groups where the metric is defined.
"""

from __future__ import annotations

import numpy as np

_EPSILON = 1e-12


def auc(scores: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve: P(a positive outranks a negative), ties count half. NaN with one class
    only."""
    order = np.argsort(scores, kind="stable")
    starts = _tie_starts(scores[order])
    weighted = weights[:, order].astype(np.float64)
    hits = np.add.reduceat(weighted * positive[order], starts, axis=1)
    misses = np.add.reduceat(weighted * ~positive[order], starts, axis=1)
    below = np.cumsum(misses, axis=1) - misses
    won = (hits * (below + 0.5 * misses)).sum(axis=1)
    return _ratio(won, hits.sum(axis=1) * misses.sum(axis=1))


def average_precision(scores: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Σ (recall_k - recall_{k-1}) · precision_k over distinct scores from the top (scikit-learn's
    definition)."""
    order = np.argsort(-scores, kind="stable")
    starts = _tie_starts(scores[order])
    weighted = weights[:, order].astype(np.float64)
    hits = np.add.reduceat(weighted * positive[order], starts, axis=1)
    seen = np.cumsum(np.add.reduceat(weighted, starts, axis=1), axis=1)
    precision = np.cumsum(hits, axis=1) / np.maximum(seen, _EPSILON)
    return _ratio((hits * precision).sum(axis=1), hits.sum(axis=1))


def f1(chosen: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """2·TP / (2·TP + FP + FN) of the rows ``chosen`` by a threshold fixed elsewhere."""
    hit = weights @ (chosen & positive)
    return _ratio(2.0 * hit, weights @ chosen.astype(np.float64) + weights @ positive.astype(np.float64))


def best_threshold(scores: np.ndarray, positive: np.ndarray) -> float:
    """The score from which on "yes" gives the best F1 on these rows; the highest such score on a tie."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(_tie_starts(scores[order])[1:], len(scores)) - 1
    hits = np.cumsum(positive[order])[ends]
    values = 2.0 * hits / (ends + 1 + max(1, int(positive.sum())))
    return float(scores[order][ends[int(np.argmax(values))]])


def group_auc(scores: np.ndarray, positive: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AUC inside each group; defined where a group holds both classes. Their mean is GAUC."""
    values = np.full(int(groups.max()) + 1, np.nan)
    for group, rows in _rows(groups):
        values[group] = auc(scores[rows], positive[rows], np.ones((1, len(rows))))[0]
    return values, ~np.isnan(values)


def group_ndcg(
    scores: np.ndarray, gains: np.ndarray, groups: np.ndarray, cutoff: int
) -> tuple[np.ndarray, np.ndarray]:
    """NDCG@cutoff inside each group, linear gains, ties averaged as scikit-learn does; undefined without a
    gain."""
    values = np.full(int(groups.max()) + 1, np.nan)
    for group, rows in _rows(groups):
        ideal = _dcg(gains[rows], gains[rows], cutoff)
        if ideal > 0:
            values[group] = _dcg(scores[rows], gains[rows], cutoff) / ideal
    return values, ~np.isnan(values)


def single_answer(scores: np.ndarray, answer: np.ndarray, cutoff: int) -> dict[str, np.ndarray]:
    """Rankings with one right candidate: ``scores`` (n, candidates), ``answer`` (n,) its column.

    Returns per row ``ndcg@cutoff``, ``mrr``, ``acc@1``: the expectation when equal scores stand in random
    order.
    """
    own = scores[np.arange(len(answer)), answer][:, None]
    above = (scores > own).sum(axis=1)
    tied = (scores == own).sum(axis=1)
    places = np.arange(1, scores.shape[1] + 1)
    gain = np.where(places <= cutoff, 1.0 / np.log2(places + 1), 0.0)
    return {
        f"ndcg@{cutoff}": _window_mean(gain, above, tied),
        "mrr": _window_mean(1.0 / places, above, tied),
        "acc@1": _window_mean((places == 1).astype(np.float64), above, tied),
    }


def finite(scores: np.ndarray) -> np.ndarray:
    """Scores with infinities as the largest and smallest numbers, so that they can be ordered."""
    found: np.ndarray = np.nan_to_num(scores, nan=0.0)
    return found


def _window_mean(values: np.ndarray, start: np.ndarray, length: np.ndarray) -> np.ndarray:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: np.ndarray = (sums[start + length] - sums[start]) / length
    return means


def _dcg(scores: np.ndarray, gains: np.ndarray, cutoff: int) -> float:
    order = np.argsort(-scores, kind="stable")
    starts = _tie_starts(scores[order])
    sizes = np.diff(np.append(starts, len(scores)))
    averaged = np.repeat(np.add.reduceat(gains[order], starts) / sizes, sizes)[:cutoff]
    return float((averaged / np.log2(np.arange(2, len(averaged) + 2))).sum())


def _tie_starts(ordered: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))


def _rows(groups: np.ndarray) -> list[tuple[int, np.ndarray]]:
    order = np.argsort(groups, kind="stable")
    cuts = np.flatnonzero(np.diff(groups[order])) + 1
    return [(int(groups[rows[0]]), rows) for rows in np.split(order, cuts)]


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    good = below > 0
    return np.where(good, above / np.where(good, below, 1.0), np.nan)
