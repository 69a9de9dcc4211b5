"""Ranking measures equal those of ranx, an independent implementation, list by list.

Scores here have no ties: ranx orders equal scores by chance of its sort, ours share the mean of their places
(scikit-learn's reading, tested there).
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from modeling.training.evaluation import metrics, retrieval

QUERIES, ITEMS = 40, 60


@pytest.fixture(scope="module")
def ranx() -> Any:
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # compiling takes minutes, these lists milliseconds
    return pytest.importorskip("ranx", reason="ranx is not installed")


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    rng = np.random.default_rng(11)
    return rng.permutation(QUERIES * ITEMS).reshape(QUERIES, ITEMS).astype(np.float64)


def evaluated(ranx: Any, gains: np.ndarray, scores: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """Each measure per query, queries in order."""
    known = {
        f"q{q:03}": {f"i{i:03}": int(gains[q, i]) for i in range(gains.shape[1]) if gains[q, i] > 0}
        for q in range(len(gains))
    }
    ranked = {
        f"q{q:03}": {f"i{i:03}": float(scores[q, i]) for i in range(scores.shape[1])}
        for q in range(len(gains))
    }
    found = ranx.evaluate(ranx.Qrels(known), ranx.Run(ranked), names, return_mean=False)
    return found if isinstance(found, dict) else {names[0]: found}


def test_graded_lists(ranx: Any, scores: np.ndarray) -> None:
    gains = np.random.default_rng(2).integers(0, 4, size=scores.shape)
    groups = np.repeat(np.arange(QUERIES), ITEMS)
    for cutoff in (5, 10, 100):
        ours, defined = metrics.group_ndcg(scores.ravel(), gains.ravel().astype(float), groups, cutoff)
        theirs = evaluated(ranx, gains, scores, [f"ndcg@{cutoff}"])[f"ndcg@{cutoff}"]
        assert defined.all()
        assert ours == pytest.approx(theirs, abs=1e-9)


def test_one_right_answer(ranx: Any, scores: np.ndarray) -> None:
    answer = np.random.default_rng(3).integers(0, ITEMS, size=QUERIES)
    gains = np.zeros(scores.shape, dtype=int)
    gains[np.arange(QUERIES), answer] = 1
    ours = metrics.single_answer(scores, answer, 10)
    theirs = evaluated(ranx, gains, scores, ["ndcg@10", "mrr", "hit_rate@1"])
    assert ours["ndcg@10"] == pytest.approx(theirs["ndcg@10"], abs=1e-9)
    assert ours["mrr"] == pytest.approx(theirs["mrr"], abs=1e-9)
    assert ours["acc@1"] == pytest.approx(theirs["hit_rate@1"], abs=1e-9)


def test_a_whole_catalogue_with_several_right_items(ranx: Any, scores: np.ndarray) -> None:
    rng = np.random.default_rng(4)
    gains = (rng.random(scores.shape) < 0.08).astype(int)
    gains[np.arange(QUERIES), rng.integers(0, ITEMS, size=QUERIES)] = 1
    query, item = np.nonzero(gains)
    places = retrieval.ranks([scores[:15], scores[15:]], query, item)
    ours = retrieval.by_query(places, query, 10)
    theirs = evaluated(ranx, gains, scores, ["recall@10", "mrr", "ndcg@10"])
    for name in ("recall@10", "mrr", "ndcg@10"):
        assert ours[name] == pytest.approx(theirs[name], abs=1e-9), name
