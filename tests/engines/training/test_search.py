"""Spaces are parsed strictly; proposals are a function of what was tried, new each time, and learn."""

from __future__ import annotations

import math
from statistics import mean
from typing import Any

import pytest

from modeling.training.failures import Refused
from modeling.training.search import Dimension, Tried, as_json, parse_space, propose, with_values

PLAN: dict[str, Any] = {
    "task": "pair_relevance",
    "method": "lora",
    "purpose": "p",
    "backbone": {"name": "x"},
    "text": {"left": ["a"], "right": ["b"], "label": "y", "group": "g"},
}
RATE = {"low": 1e-5, "high": 1e-2, "log": True}


def test_a_space_is_read_and_written() -> None:
    raw = {
        "recipe.learning_rate": RATE,
        "options.rank": {"choices": [4, 8]},
        "recipe.pooling": {"choices": ["cls", "mean"]},
    }
    space = parse_space(raw, PLAN)
    assert [one.key for one in space] == ["options.rank", "recipe.learning_rate", "recipe.pooling"]
    assert parse_space(as_json(space), PLAN) == space
    assert with_values(PLAN, {"options.rank": 4, "recipe.epochs": 2})["options"] == {"rank": 4}
    assert "recipe" not in PLAN


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ([], "search.invalid"),
        ({}, "search.invalid"),
        ({"task": {"choices": ["a", "b"]}}, "search.invalid"),
        ({"recipe.seed": {"choices": [1, 2]}}, "search.invalid"),
        ({"evaluation.level": {"low": 0.5, "high": 0.9}}, "search.invalid"),
        ({"recipe.learning_rate": 3}, "search.invalid"),
        ({"recipe.learning_rate": {"low": 1, "high": 0.1}}, "search.invalid"),
        ({"recipe.learning_rate": {"low": 0, "high": 0.1, "log": True}}, "search.invalid"),
        ({"recipe.learning_rate": {"low": "nan", "high": 0.1}}, "search.invalid"),
        ({"recipe.learning_rate": {"low": True, "high": 2}}, "search.invalid"),
        ({"recipe.learning_rate": {"low": 0.1, "high": 0.2, "step": 1}}, "search.invalid"),
        ({"recipe.batch_size": {"choices": [16]}}, "search.invalid"),
        ({"recipe.batch_size": {"choices": [16, 16]}}, "search.invalid"),
        ({"recipe.batch_size": {"choices": [16, [1]]}}, "search.invalid"),
        ({"recipe.batch_size": {"choices": list(range(2, 40))}}, "search.invalid"),
        ({"recipe.batch_size": {"choices": [16, 1]}}, "plan.invalid"),
        ({"recipe.batch_size": {"low": 8, "high": 64}}, "plan.invalid"),
        ({"recipe.history": {"choices": [10, 20]}}, "plan.invalid"),
        ({"recipe.learning_rate": {"low": 0.1, "high": 5}}, "plan.invalid"),
        ({"options.nothing": {"choices": [1, 2]}}, "plan.unknown_key"),
        ({f"options.{n}": {"choices": [1, 2]} for n in range(9)}, "search.invalid"),
    ],
)
def test_what_is_no_space_is_refused(raw: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_space(raw, PLAN)
    assert refused.value.code == code


def test_proposals_are_repeatable_and_new() -> None:
    space = parse_space({"recipe.learning_rate": RATE, "recipe.batch_size": {"choices": [16, 32]}}, PLAN)
    tried: list[Tried] = [Tried({}, 0.5, True)]
    for _trial in range(8):
        values = propose(space, tried, seed=3)
        assert values == propose(space, tried, seed=3)
        assert values is not None
        assert values not in [one.values for one in tried]
        assert 1e-5 <= float(values["recipe.learning_rate"]) <= 1e-2
        tried.append(Tried(values, None if _trial == 2 else 0.1 * _trial, over=_trial != 5))
    assert propose(space, tried, seed=4) != propose(space, tried, seed=3)


def test_a_finite_space_is_tried_whole_and_once() -> None:
    space = (Dimension("recipe.batch_size", (16, 32, 64)), Dimension("recipe.epochs", (1, 2)))
    tried: list[Tried] = []
    while (values := propose(space, tried, seed=0)) is not None:
        tried.append(Tried(values, 0.5, True))
    assert len(tried) == 6
    assert len({tuple(sorted(one.values.items())) for one in tried}) == 6


def test_it_learns_where_the_peak_is() -> None:
    """Its last ten trials lie nearer to the peak than its first five, which were drawn at random."""
    space = (Dimension("recipe.learning_rate", low=1e-6, high=1e-1, log=True),)
    early, late = [], []
    for seed in range(6):
        tried: list[Tried] = []
        for _trial in range(20):
            values = propose(space, tried, seed=seed)
            assert values is not None
            distance = abs(math.log10(float(values["recipe.learning_rate"])) + 3.5)
            tried.append(Tried(values, -distance, True))
        distances = [-(one.value or 0.0) for one in tried]
        early.append(mean(distances[:5]))
        late.append(mean(distances[10:]))
    assert mean(late) < 0.7 * mean(early)
