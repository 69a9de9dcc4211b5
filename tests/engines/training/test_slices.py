"""Slices: whose rows they are, that their figures are those of the rows alone, and who is too few."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from modeling.training.config import parse_plan
from modeling.training.evaluation.report import Board, judge_pairs
from modeling.training.evaluation.slices import FEWEST_GROUPS, OTHER, by_slice
from modeling.training.examples import Examples, Pairs
from modeling.training.failures import Refused
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]


def judge(board: Board, model: str, part: Pairs, scores: np.ndarray) -> None:
    judge_pairs(board, model, scores, part.labels, 0.5, None)


def made(rows: int = 400, values: int = 2, seed: int = 0) -> tuple[Examples, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    numbers = np.arange(rows, dtype=np.int64)
    labels = rng.integers(0, 2, rows).astype(np.float32)
    shop = np.asarray([f"shop {at % values}" for at in range(rows)], dtype=object)
    test = Pairs(numbers, numbers + rows, labels, numbers, slices={"shop": shop})
    train = Pairs(numbers[:100], numbers[:100] + 2 * rows, labels[:100], numbers[:100])
    scores = {"fine_tuned": labels + rng.normal(0, 1, rows), "zero_shot": rng.normal(0, 1, rows)}
    return Examples(train=train, parts={"test": test}), scores


def report(examples: Examples, scores: dict[str, np.ndarray], lengths: np.ndarray) -> list[dict[str, Any]]:
    return by_slice(
        examples, lengths, scores, judge, lambda groups: Board(groups, 200, 0, 0.95), "auc", ["shop"]
    )


def test_figures_are_those_of_the_rows_alone() -> None:
    examples, scores = made()
    part = examples.parts["test"]
    lengths = np.arange(3 * 400) % 9 + 1
    found = {(row["slice"], row["value_of"]): row for row in report(examples, scores, lengths)}
    for shop in ("shop 0", "shop 1"):
        row, rows = found["shop", shop], part.slices["shop"] == shop
        wanted = roc_auc_score(part.labels[rows], scores["fine_tuned"][rows])
        before = roc_auc_score(part.labels[rows], scores["zero_shot"][rows])
        assert row["value"] == pytest.approx(wanted, abs=1e-6)
        assert row["against"]["zero_shot"]["value"] == pytest.approx(wanted - before, abs=1e-6)
        assert row["low"] < row["value"] < row["high"]
        assert (row["rows"], row["groups"], row["n"]) == (200, 200, 200)
    assert found["text_seen", "seen"]["rows"] == 100
    assert found["text_seen", "new"]["rows"] == 300
    lengths_of = [row for (name, _), row in found.items() if name == "text_length"]
    assert sum(row["rows"] for row in lengths_of) == 400
    assert ("item_seen", "new") not in found  # every item is new: nothing to tell apart


def test_too_few_groups_get_no_figure_and_rare_values_stand_together() -> None:
    examples, scores = made(rows=400, values=20)
    found = [row for row in report(examples, scores, np.ones(1200, dtype=int)) if row["slice"] == "shop"]
    assert [row["rows"] for row in found] == [20] * 12 + [160]
    assert found[-1]["value_of"] == OTHER
    assert all("value" not in row for row in found[:-1])
    assert found[-1]["groups"] >= FEWEST_GROUPS
    assert "value" in found[-1]


@pytest.mark.parametrize("kind", ["pairs", "classes"])
def test_a_run_tells_its_slices(
    kind: str, pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = tiny.pair_plan()
    if kind == "classes":
        plan |= {"task": "topic", "text": {"left": ["left_title"], "right": [], "label": "left_colour"}}
    plan["evaluation"] = {**plan["evaluation"], "slices": ["right_colour"]}
    result = carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan))
    rows = result["evaluation"]["slices"]
    colours = {row["value_of"]: row["rows"] for row in rows if row["slice"] == "right_colour"}
    assert set(colours) == set(tiny.COLOURS)
    assert sum(colours.values()) == result["examples"]["test"]
    assert ("class" in {row["slice"] for row in rows}) == (kind == "classes")


@pytest.mark.parametrize(
    "changed",
    [
        {"slices": ["a", "a"]},
        {"slices": [""]},
        {"slices": ["a", "b", "c", "d", "e"]},
        {"slices": "a"},
    ],
)
def test_what_is_no_slice_is_refused(changed: dict[str, Any]) -> None:
    plan = tiny.pair_plan()
    with pytest.raises(Refused) as refused:
        parse_plan({**plan, "evaluation": changed})
    assert refused.value.code == "plan.invalid"


def test_a_plan_reads_its_slices_and_only_where_rows_are_judged() -> None:
    plan = tiny.pair_plan()
    assert "shop" in parse_plan({**plan, "evaluation": {"slices": ["shop"]}}).columns()
    assert "slices" not in parse_plan(plan).as_json()["evaluation"]
    with pytest.raises(Refused):
        parse_plan({**tiny.message_plan(), "evaluation": {"slices": ["shop"]}})
