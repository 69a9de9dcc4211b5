"""A rise that was planted is found, one that is not there seldom, and the stretches are those of the rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from modeling.training.config import parse_plan
from modeling.training.evaluation.trend import ALPHA, FEWEST_ROWS, rise, trend, watched_of, wilson
from modeling.training.failures import Refused
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]


def followed(shares: np.ndarray, seed: int = 0) -> dict[str, Any] | None:
    rng = np.random.default_rng(seed)
    said = rng.random(len(shares)) < shares
    times = np.asarray(
        [f"2026-01-{1 + at * 28 // len(shares):02}" for at in range(len(shares))], dtype=object
    )
    shuffled = rng.permutation(len(shares))
    return trend(times[shuffled], said[shuffled], said[shuffled], ["negative"])


def test_a_planted_rise_is_found() -> None:
    found = followed(np.linspace(0.1, 0.4, 600))
    assert found is not None
    assert found["rising"] is True
    assert found["p"] < ALPHA
    rows = found["stretches"]
    assert sum(row["n"] for row in rows) == 600
    assert [row["from"] for row in rows] == sorted(row["from"] for row in rows)
    assert all(row["to"] < later["from"] for row, later in pairwise(rows))
    assert all(row["low"] < row["share"] < row["high"] and row["labelled"] == row["share"] for row in rows)
    assert followed(np.linspace(0.4, 0.1, 600))["rising"] is False  # type: ignore[index]


def test_false_alarms_are_as_rare_as_said() -> None:
    alarms = sum(bool((followed(np.full(400, 0.2), seed) or {})["rising"]) for seed in range(400))
    assert alarms <= 400 * ALPHA + 3 * (400 * ALPHA) ** 0.5


def test_the_test_by_hand() -> None:
    """Sizes 10, 10, 10 with 1, 3, 5 hits: sum of t(x - n p) = 4, variance 0.3 * 0.7 * (50 - 900 / 30)."""
    assert rise([10, 10, 10], [1, 3, 5]) == pytest.approx(0.025481, abs=1e-5)
    assert rise([10, 10], [0, 0]) == 1.0
    low, high = wilson(3, 10)
    assert (low, high) == pytest.approx((0.107789, 0.603222), abs=1e-5)


def test_numbers_are_ordered_as_numbers_and_few_rows_say_nothing() -> None:
    times = np.asarray([str(n) for n in range(100)], dtype=object)
    found = trend(times, np.arange(100) >= 50, np.arange(100) >= 50, ["x"])
    assert found is not None
    assert [row["from"] for row in found["stretches"]] == ["0", "20", "40", "60", "80"]
    assert found["rising"] is True
    assert trend(times[:59], np.ones(59, bool), np.ones(59, bool), ["x"]) is None
    assert trend(np.full(300, "", object), np.ones(300, bool), np.ones(300, bool), ["x"]) is None
    assert trend(np.full(300, "now", object), np.ones(300, bool), np.ones(300, bool), ["x"]) is None
    assert FEWEST_ROWS == 20


def test_which_classes_are_watched() -> None:
    assert watched_of(["Negative", "neutral", "差评"], []) == ("Negative", "差评")
    assert watched_of(["a", "b"], ["b", "c"]) == ("b",)
    assert watched_of(["a", "b"], []) == ()


def plan_of(**judged: Any) -> dict[str, Any]:
    plan = tiny.pair_plan()
    text = {"left": ["left_title", "left_colour"], "right": [], "label": "left_colour", "time": "record"}
    return {**plan, "task": "sentiment", "text": text, "evaluation": {**plan["evaluation"], **judged}}


def test_a_run_follows_its_classes_over_time(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    result = carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan_of(watched=["red"])))
    found = result["evaluation"]["trend"]
    test = pl.read_parquet(pairs / "test.parquet")
    assert sum(row["n"] for row in found["stretches"]) == result["examples"]["test"]
    share = float((test["left_colour"] == "red").mean())  # type: ignore[arg-type]
    labelled = sum(row["labelled"] * row["n"] for row in found["stretches"]) / len(test)
    assert labelled == pytest.approx(share, abs=1e-4)
    assert "record" not in {row["slice"] for row in result["evaluation"]["slices"]}


def test_settings_that_would_do_nothing_are_refused() -> None:
    assert "record" in parse_plan(plan_of()).columns()
    for plan in (
        {**plan_of(), "task": "user_attribute"},
        {**plan_of(watched=["red"]), "text": {**plan_of()["text"], "time": ""}},
        plan_of(watched=["a", "a"]),
    ):
        with pytest.raises(Refused):
            parse_plan(plan)
