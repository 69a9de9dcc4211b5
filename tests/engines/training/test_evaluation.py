"""Metrics equal scikit-learn's or hand-worked values; intervals and verdicts keep their meaning."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from modeling.training.baselines.bm25 import Bm25
from modeling.training.baselines.matching import TermSpaces
from modeling.training.evaluation import metrics
from modeling.training.evaluation.report import Board, judge_pairs

DICE = np.random.default_rng(5)
LABELS = DICE.random(300) < 0.3
SCORES = np.round(DICE.normal(size=300) + LABELS, 1)  # rounded, so that there are ties
ONES = np.ones((1, 300))


def test_auc_and_average_precision_equal_scikit_learn_with_ties_and_weights() -> None:
    weights = DICE.integers(0, 4, size=(3, 300)).astype(float)
    for row, auc, precision in zip(
        weights,
        metrics.auc(SCORES, LABELS, weights),
        metrics.average_precision(SCORES, LABELS, weights),
        strict=True,
    ):
        assert auc == pytest.approx(reference.roc_auc_score(LABELS, SCORES, sample_weight=row))
        assert precision == pytest.approx(
            reference.average_precision_score(LABELS, SCORES, sample_weight=row)
        )


def test_f1_equals_scikit_learn_and_its_threshold_is_the_best() -> None:
    chosen = np.greater_equal(SCORES, metrics.best_threshold(SCORES, LABELS))
    best = metrics.f1(chosen, LABELS, ONES)[0]
    assert best == pytest.approx(reference.f1_score(LABELS, chosen))
    assert best == pytest.approx(
        max(reference.f1_score(LABELS, np.greater_equal(SCORES, at)) for at in np.unique(SCORES))
    )


def test_list_metrics_equal_scikit_learn_group_by_group() -> None:
    groups = DICE.integers(0, 12, size=300)
    gains = DICE.integers(0, 3, size=300).astype(float)
    found, defined = metrics.group_ndcg(SCORES, gains, groups, 10)
    areas, both = metrics.group_auc(SCORES, LABELS, groups)
    assert defined.all()
    assert both.all()
    for group in range(12):
        rows = groups == group
        assert found[group] == pytest.approx(reference.ndcg_score([gains[rows]], [SCORES[rows]], k=10))
        assert areas[group] == pytest.approx(reference.roc_auc_score(LABELS[rows], SCORES[rows]))


def test_a_group_without_a_gain_or_with_one_class_is_left_out() -> None:
    groups = np.array([0, 0, 1, 1])
    gains = np.array([0.0, 0.0, 0.0, 1.0])
    assert metrics.group_ndcg(np.arange(4.0), gains, groups, 10)[1].tolist() == [False, True]
    assert metrics.group_auc(np.arange(4.0), gains > 0, groups)[1].tolist() == [False, True]


def test_one_right_answer_by_hand() -> None:
    scores = np.array([[0.9, 0.5, 0.1], [0.2, 0.8, 0.5], [0.5, 0.5, 0.1]])
    found = metrics.single_answer(scores, np.array([0, 2, 1]), 10)
    assert found["acc@1"].tolist() == [1.0, 0.0, 0.5]
    assert found["mrr"].tolist() == [1.0, 0.5, 0.75]
    assert found["ndcg@10"] == pytest.approx([1.0, 1 / np.log2(3), (1 + 1 / np.log2(3)) / 2])


def test_one_right_answer_beyond_the_cutoff_gains_nothing() -> None:
    scores = np.arange(20.0)[None, :]
    assert metrics.single_answer(scores, np.array([0]), 10)["ndcg@10"].tolist() == [0.0]
    assert metrics.single_answer(scores, np.array([0]), 10)["mrr"] == pytest.approx([1 / 20])


def test_an_answer_the_model_never_heard_of_counts_as_the_last_place() -> None:
    scores = np.array([[-1.0, -np.inf, -2.0]])
    found = metrics.single_answer(scores, np.array([1]), 10)
    assert found["mrr"] == pytest.approx([1 / 3])
    assert found["acc@1"].tolist() == [0.0]


def board(groups: np.ndarray, draws: int = 1000) -> Board:
    return Board(groups, draws=draws, seed=0, level=0.95)


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = DICE.normal(size=400)
    one = board(np.arange(400))
    one.mean("m", "a", values, np.ones(400, dtype=bool))
    found = one.values("a")["m"]
    half = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)


def test_rows_of_one_group_are_drawn_together() -> None:
    rows = DICE.random(50) < 0.5
    single = board(np.arange(50))
    single.pooled("auc", "a", lambda weights: metrics.auc(SCORES[:50], rows, weights))
    doubled = board(np.repeat(np.arange(50), 4))
    scores, labels = np.repeat(SCORES[:50], 4), np.repeat(rows, 4)
    doubled.pooled("auc", "a", lambda weights: metrics.auc(scores, labels, weights))
    alone, many = single.values("a")["auc"], doubled.values("a")["auc"]
    assert (many.value, many.low, many.high) == pytest.approx((alone.value, alone.low, alone.high))


def test_a_verdict_is_given_only_where_the_interval_excludes_zero() -> None:
    rows = board(np.arange(300))
    for model, scores in (
        ("main", SCORES),
        ("same", SCORES),
        ("worse", DICE.normal(size=300)),
        ("best", LABELS * 1.0),
    ):
        judge_pairs(rows, model, scores, LABELS.astype(float), 0.5, 0.5)
    report = rows.report("main")
    verdicts = {row["against"]: row["verdict"] for row in report["differences"] if row["metric"] == "auc"}
    assert verdicts == {"same": "no_difference_shown", "worse": "better", "best": "worse"}
    assert all(row["n"] == 300 for row in report["metrics"])
    same = next(row for row in report["differences"] if row["against"] == "same")
    assert (same["value"], same["low"], same["high"]) == (0.0, 0.0, 0.0)  # the same draws: truly paired


def test_the_same_seed_gives_the_same_interval() -> None:
    def high(seed: int) -> float:
        one = Board(np.arange(300), draws=200, seed=seed, level=0.95)
        judge_pairs(one, "a", SCORES, LABELS.astype(float), 0.5, None)
        return one.values("a")["auc"].high

    assert high(3) == high(3)
    assert high(3) != high(4)


def test_bm25_by_hand() -> None:
    documents = ["red lamp", "red sofa red", "blue chair big"]
    space = Bm25(documents)
    scores = (space.terms(["red"]) @ space.weights(documents).T).toarray()[0]
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean = 8 / 3
    wanted = [
        idf * 1 * 2.5 / (1 + 1.5 * (0.25 + 0.75 * 2 / mean)),
        idf * 2 * 2.5 / (2 + 1.5 * (0.25 + 0.75 * 3 / mean)),
        0.0,
    ]
    assert scores == pytest.approx(wanted)


def test_pair_scores_are_the_diagonal_of_the_table() -> None:
    texts = ["red lamp", "blue sofa", "lamp in red", "sofa"]
    spaces = TermSpaces(texts, np.array([2, 3]))
    left, right = np.array([0, 1]), np.array([2, 3])
    tables = dict(spaces.table(left, right))
    for name, scores in spaces.pairs(left, right):
        assert scores == pytest.approx(np.diag(tables[name]))
        assert scores[0] > 0
