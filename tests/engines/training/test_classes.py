"""Tasks that put a text into a class: metrics against scikit-learn, whole runs on tiny data."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file
from sklearn import metrics as reference

from modeling.training import data
from modeling.training.config import parse_plan
from modeling.training.evaluation import classes as metrics
from modeling.training.evaluation.report import Board
from modeling.training.failures import Refused, TrainingStopped
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]
DICE = np.random.default_rng(11)
LABELS = DICE.integers(0, 4, 400)
SCORES = DICE.normal(size=(400, 4)) + 1.5 * np.eye(4)[LABELS]
ONES = np.ones((1, 400))


def test_macro_f1_equals_scikit_learn_under_weights() -> None:
    guess = SCORES.argmax(axis=1)
    weights = DICE.integers(0, 3, size=(3, 400)).astype(float)
    for row, found in zip(weights, metrics.macro_f1(weights, guess, LABELS, 4), strict=True):
        assert found == pytest.approx(reference.f1_score(LABELS, guess, average="macro", sample_weight=row))


def test_a_temperature_makes_the_chances_as_true_as_it_can() -> None:
    found = metrics.temperature(SCORES * 9.0, LABELS)
    loss = reference.log_loss(LABELS, metrics.probabilities(SCORES * 9.0, found))
    others = [reference.log_loss(LABELS, metrics.probabilities(SCORES, t)) for t in np.linspace(0.2, 3, 57)]
    assert loss <= min(others) + 1e-4
    assert metrics.temperature(np.zeros((0, 2)), np.zeros(0, dtype=np.int64)) == 1.0


def test_judged_metrics_equal_scikit_learn_and_count_only_rows_of_a_class() -> None:
    labels = LABELS.copy()
    labels[:40] = -1
    board = Board(np.arange(400), 100, 0, 0.95)
    metrics.judge_classes(board, "m", SCORES, labels, 1.0)
    found = {name: interval.value for name, interval in board.values("m").items()}
    guess, chances = SCORES.argmax(axis=1)[40:], metrics.probabilities(SCORES, 1.0)[40:]
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels[40:], guess))
    assert found["log_loss"] == pytest.approx(reference.log_loss(labels[40:], chances))
    sure, right = chances.max(axis=1), guess == labels[40:]
    by_hand = 0.0
    for low in range(metrics.BINS):
        inside = np.minimum((sure * metrics.BINS).astype(int), metrics.BINS - 1) == low
        if inside.any():
            by_hand += inside.mean() * abs(sure[inside].mean() - right[inside].mean())
    assert found["calibration_error"] == pytest.approx(by_hand)


def test_less_loss_is_better() -> None:
    board = Board(np.arange(400), 200, 0, 0.95)
    metrics.judge_classes(board, "good", SCORES * 3, LABELS, 3.0)
    metrics.judge_classes(board, "poor", np.zeros_like(SCORES), LABELS, 1.0)
    verdicts = {row["metric"]: row["verdict"] for row in board.report("good")["differences"]}
    assert verdicts["log_loss"] == verdicts["accuracy"] == "better"


def test_a_class_nobody_scored_costs_no_number() -> None:
    scores = SCORES[:, :2].copy()
    scores[:, 1] = -np.inf
    board = Board(np.arange(400), 100, 0, 0.95)
    metrics.judge_classes(board, "m", scores, np.minimum(LABELS, 1), 1.0)
    assert all(np.isfinite(interval.value) for interval in board.values("m").values())


def test_the_cut_for_refusal_is_the_best_on_its_rows() -> None:
    sure, own = DICE.random(200).round(2), DICE.random(200) < 0.7
    right = own & (DICE.random(200) < sure)

    def good(cut: float) -> int:
        return int(np.where(sure >= cut, right, ~own).sum())

    best = max(good(cut) for cut in [*np.unique(sure), np.inf])
    assert good(metrics.refusal_cut(sure, right, own)) == best
    never = metrics.refusal_cut(sure, np.zeros(200, dtype=bool), own)
    assert good(never) == (~own).sum()


def make_texts(folder: Path, label: Callable[[str, str, random.Random], str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for role, rows, seed in (("train", 200, 1), ("valid", 80, 2), ("test", 80, 3)):
        dice = random.Random(seed)
        lines = []
        for _ in range(rows):
            noun, colour = dice.choice(tiny.NOUNS), dice.choice(tiny.COLOURS)
            lines.append({"buy": f"{colour} {noun}", "intent": label(noun, colour, dice), "record": colour})
        pl.DataFrame(lines).write_parquet(folder / f"{role}.parquet")


def class_plan(task: str, **changes: Any) -> dict[str, Any]:
    recipe = {"epochs": 6, **changes.pop("recipe", {})}
    plan = tiny.pair_plan(recipe=recipe, **changes)
    text = {"left": ["buy"], "right": [], "label": "intent", "group": ""}
    return plan | {"task": task, "text": text}


def make_job(tmp_path: Path, backbone: Path, plan: dict[str, Any]) -> dict[str, Any]:
    terms = {"job_kinds": ["fine_tune"], "columns": ["buy", "intent"]}
    return tiny.make_job(tmp_path / "data", backbone, tmp_path / "out", plan, grant={"terms": terms})


def value(result: dict[str, Any], metric: str, model: str = "fine_tuned") -> float:
    rows = result["evaluation"]["metrics"]
    return float(next(row["value"] for row in rows if (row["metric"], row["model"]) == (metric, model)))


@pytest.mark.parametrize("task", ["sentiment", "topic", "user_attribute", "customer_intent"])
@pytest.mark.parametrize("method", ["full", "head"])
def test_a_class_is_learnt_and_judged_beside_every_baseline(
    task: str, method: str, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    make_texts(tmp_path / "data", lambda noun, colour, dice: noun)
    plan = class_plan(task, method=method)
    result = carry_out(make_job(tmp_path, backbone, plan))
    models = {row["model"] for row in result["evaluation"]["metrics"]}
    expected = {"zero_shot", "most_frequent", "tfidf_classifier", "fixed_label_classifier"}
    assert models == {"fine_tuned"} | expected
    names = {row["metric"] for row in result["evaluation"]["metrics"]}
    assert names == {"accuracy", "macro_f1", "log_loss", "calibration_error"}
    assert value(result, "accuracy") > value(result, "accuracy", "most_frequent")
    assert value(result, "accuracy") > 0.9
    assert result["headline"] == "macro_f1"
    folder = tmp_path / "out" / "model"
    names_written = json.loads((folder / "classes.json").read_text())["names"]
    assert names_written == sorted(tiny.NOUNS)
    rows = load_file(folder / "classes.safetensors")["classes"]
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_clicks_are_ranked_and_their_chances_judged(
    backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    make_texts(
        tmp_path / "data",
        lambda noun, colour, dice: str(int(dice.random() < (0.9 if colour in tiny.COLOURS[:2] else 0.05))),
    )
    plan = class_plan("ad_click", recipe={"class_weights": "balanced"})
    result = carry_out(make_job(tmp_path, backbone, plan))
    assert {"auc", "ap", "log_loss", "calibration_error"} <= {
        row["metric"] for row in result["evaluation"]["metrics"]
    }
    assert value(result, "auc") > 0.6
    assert value(result, "auc", "most_frequent") == pytest.approx(0.5)


def test_what_is_none_of_ours_is_refused(backbone: Path, tmp_path: Path, carry_out: CarryOut) -> None:
    ours = set(tiny.NOUNS[:5])
    make_texts(tmp_path / "data", lambda noun, colour, dice: noun if noun in ours else "out_of_scope")
    result = carry_out(make_job(tmp_path, backbone, class_plan("customer_intent")))
    assert result["candidates"] == 5
    assert result["examples"]["train"] < 200
    assert {"refusal_auc", "accuracy_with_refusal"} <= {
        row["metric"] for row in result["evaluation"]["metrics"]
    }
    assert value(result, "refusal_auc") > 0.6


def test_a_class_training_never_saw_counts_against_every_model(
    backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    make_texts(tmp_path / "data", lambda noun, colour, dice: noun)
    test = pl.read_parquet(tmp_path / "data" / "test.parquet")
    odd = test.with_columns(
        pl.when(pl.int_range(pl.len()) < 20).then(pl.lit("never")).otherwise("intent").alias("intent")
    )
    odd.write_parquet(tmp_path / "data" / "test.parquet")
    result = carry_out(make_job(tmp_path, backbone, class_plan("topic")))
    assert value(result, "refusal_auc") >= 0.0
    assert result["candidates"] == len(tiny.NOUNS)


def test_one_class_is_nothing_to_learn(backbone: Path, tmp_path: Path, carry_out: CarryOut) -> None:
    make_texts(tmp_path / "data", lambda noun, colour, dice: "same")
    with pytest.raises(TrainingStopped) as caught:
        carry_out(make_job(tmp_path, backbone, class_plan("topic")))
    assert caught.value.code == "data.empty"


def test_a_class_for_every_row_is_refused(backbone: Path, tmp_path: Path, carry_out: CarryOut) -> None:
    make_texts(tmp_path / "data", lambda noun, colour, dice: str(dice.random()))
    many = pl.DataFrame({"buy": ["red lamp"] * 1001, "intent": [str(at) for at in range(1001)]})
    many.write_parquet(tmp_path / "data" / "train.parquet")
    with pytest.raises(TrainingStopped) as caught:
        carry_out(make_job(tmp_path, backbone, class_plan("topic")))
    assert caught.value.code == "data.too_many_classes"


def test_numbers_carry_the_names_of_their_columns() -> None:
    frame = pl.DataFrame({"page_values": ["12.5", None], "month": ["Feb", " Mar "]})
    assert data.named(frame, ("page_values", "month")) == ["page values 12.5, month Feb", "month Mar"]


def test_only_tasks_of_one_text_do_without_the_right_one() -> None:
    parse_plan(class_plan("topic"))
    plan = tiny.pair_plan()
    plan["text"] = {**plan["text"], "right": []}
    with pytest.raises(Refused, match=r"text\.right"):
        parse_plan(plan)
    with pytest.raises(Refused, match="class_weights"):
        parse_plan(class_plan("topic", recipe={"class_weights": "sometimes"}))
