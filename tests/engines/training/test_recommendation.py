from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from modeling.training import published
from modeling.training.backbones import folder_digest
from modeling.training.config import parse_plan
from modeling.training.examples import histories_of
from modeling.training.failures import Refused, TrainingStopped
from modeling.training.tasks.recommendation import events, journeys, ranker
from modeling.training.tasks.recommendation.features import Past
from modeling.training.tasks.recommendation.journeys import Lists, Takings
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]
SEASONS = (("train", 0, 60), ("valid", 60, 80), ("test", 80, 100))


def make_log(folder: Path, users: int = 60) -> None:
    """Each user likes one colour and takes its things, and sometimes anything; things have many copies."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(5)
    rows = []
    for user in range(users):
        colour = dice.choice(tiny.COLOURS)
        for _ in range(40):
            hue = colour if dice.random() < 0.8 else dice.choice(tiny.COLOURS)
            noun, extra = dice.choice(tiny.NOUNS), dice.choice(tiny.EXTRAS)
            rows.append(
                {
                    "user": f"u{user}",
                    "day": dice.randrange(100),
                    "thing": f"{extra} {hue} {noun}",
                    "hue": hue,
                }
            )
    log = pl.DataFrame(rows)
    for role, first, end in SEASONS:
        log.filter(pl.col("day").is_between(first, end - 1)).write_parquet(folder / f"{role}.parquet")


def log_plan(**changes: Any) -> dict[str, Any]:
    plan = tiny.pair_plan(recipe={"epochs": 3, "max_pairs": 3000, "batch_size": 64})
    text = {"left": ["thing"], "right": ["thing"], "group": "user", "time": "day", "kind": "hue"}
    return {**plan, "task": "recommendation", "method": "head", "text": text, **changes}


def log_job(data: Path, backbone: Path, output: Path, plan: dict[str, Any]) -> dict[str, Any]:
    terms = {"job_kinds": ["fine_tune"], "columns": ["user", "day", "thing", "hue"]}
    return tiny.make_job(data, backbone, output, plan, {"terms": terms})


def row(result: dict[str, Any], metric: str, model: str) -> float:
    rows = result["evaluation"]["metrics"]
    return float(
        next(found["value"] for found in rows if (found["metric"], found["model"]) == (metric, model))
    )


def test_text_tells_taste_where_popularity_cannot(
    backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    make_log(tmp_path / "data")
    result = carry_out(log_job(tmp_path / "data", backbone, tmp_path / "out", log_plan()))
    metrics = {found["metric"] for found in result["evaluation"]["metrics"]}
    # What popularity can win and what it cannot always stand side by side.
    assert {"gauc_uniform", "gauc_matched", "ndcg@10_uniform", "ndcg@10_matched"} <= metrics
    assert {found["model"] for found in result["evaluation"]["metrics"]} == {
        "fine_tuned", "ranker_without_text", "ranker_zero_shot_text", "text_alone", "zero_shot",
        "popularity", "item_knn", "own_kind", "tfidf_word",
    }  # fmt: skip
    assert row(result, "gauc_matched", "text_alone") > row(result, "gauc_matched", "popularity") + 0.1
    assert row(result, "gauc_matched", "fine_tuned") > row(result, "gauc_matched", "item_knn")
    assert result["headline"] == "gauc_matched"


@pytest.mark.parametrize("method", ["full", "lora"])
def test_other_methods_learn_from_histories_too(
    method: str, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    make_log(tmp_path / "data", users=20)
    plan = log_plan(method=method, recipe={"epochs": 1, "max_pairs": 200, "batch_size": 32, "history": 6})
    result = carry_out(log_job(tmp_path / "data", backbone, tmp_path / "out", plan))
    assert row(result, "gauc_matched", "text_alone") > 0.5


def test_the_published_model_holds_the_map_of_histories_and_the_ranker(
    backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    make_log(tmp_path / "data", users=20)
    plan = log_plan(recipe={"epochs": 1, "max_pairs": 200, "batch_size": 32})
    job = log_job(tmp_path / "data", backbone, tmp_path / "out", plan)
    first = carry_out(job)
    again = carry_out({**job, "output": str(tmp_path / "two"), "spool": str(tmp_path / "two" / "m.jsonl")})
    assert first["reproduce"] == again["reproduce"]
    folder = tmp_path / "out" / "model"
    learnt = load_file(folder / "histories.safetensors")["weight"]
    assert not torch.equal(learnt, torch.eye(len(learnt)))
    encoder = published.load(folder)
    assert encoder.tower is not None
    assert torch.equal(encoder.tower.weight, learnt)
    kept = json.loads((folder / "ranker.json").read_bytes())
    assert set(kept) == {"uniform", "matched"}
    read = ranker.from_json(kept["matched"])
    assert read.as_json() == kept["matched"]
    features = {name: np.full((2, 3), 1.0) for name in read.knots}
    assert np.isfinite(read.scores(features)).all()
    # What decides a recommendation is under the digest a permit names.
    before = folder_digest(folder)
    (folder / "ranker.json").write_text("{}")
    assert folder_digest(folder) != before == first["reproduce"]["model_digest"]


def takings(*rows: tuple[int, int, int, int]) -> Takings:
    """From (user, item, time, role)."""
    user, item, time, role = (np.asarray(column) for column in zip(*rows, strict=True))
    return journeys.first_takings(user, item, time, role)


def test_only_the_first_taking_counts_and_histories_end_strictly_before() -> None:
    found = takings(*[(0, item, item // 2, 0) for item in range(8)], (0, 3, 9, 1), (0, 9, 9, 1))
    assert found.item.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 9]
    user, item, past = journeys.examples(found, 50)
    assert (user.tolist(), item.tolist()) == ([0, 0], [6, 7])
    # Items 6 and 7 were taken at one time: neither is the other's past.
    assert [rows.tolist() for rows in past] == [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]]


def test_negatives_were_never_taken_and_cold_items_stand_among_cold_ones() -> None:
    dice = np.random.default_rng(3)
    rows = [(int(u), int(i), int(t), int(t) // 40) for u, i, t in dice.integers(0, (30, 300, 120), (4000, 3))]
    found = takings(*rows)
    known = set(found.item[found.role < 2].tolist())
    asked = journeys.lists(found, 2, 0)
    assert len(asked) > 100
    for at in range(len(asked)):
        mine = found.item[(found.user == asked.user[at]) & (found.role <= 2)]
        others = np.concatenate([asked.uniform[at], asked.matched[at]])
        assert not set(others.tolist()) & set(mine.tolist())
        assert (asked.item[at] in known) != asked.cold[at]
        assert all((int(other) in known) != asked.cold[at] for other in others)


def share_below(block: np.ndarray) -> float:
    return float((block[:, 1:] < block[:, :1]).mean() + (block[:, 1:] == block[:, :1]).mean() / 2)


def test_popularity_wins_nothing_on_matched_negatives() -> None:
    dice = np.random.default_rng(1)
    popular = (dice.random(30_000) ** 2 * 4000).astype(int)
    users, days = dice.integers(0, 3000, 30_000), dice.integers(0, 120, 30_000)
    rows = [(int(u), int(i), int(t), int(t) // 40) for u, i, t in zip(users, popular, days, strict=True)]
    found = takings(*rows)
    asked = journeys.lists(found, 2, 0)
    scores = Past(found.before(2), None).of(asked)["popularity"]
    assert share_below(scores[:, :100]) > 0.6
    assert abs(share_below(scores[:, 100:]) - 0.5) < 0.05


def test_features_are_counted_as_by_hand() -> None:
    found = takings(
        (0, 0, 0, 0), (0, 1, 0, 0), (1, 0, 0, 0), (1, 2, 0, 0), (2, 0, 0, 0), (2, 2, 0, 0)
    )  # fmt: skip
    none = np.full((1, 99), 2)
    asked = Lists(np.array([0]), np.array([1]), np.array([False]), none, none)
    known = Past(found, np.array([7, 8, 7])).of(asked)
    assert known["popularity"][0, :2].tolist() == pytest.approx([np.log(2), np.log(3)])
    # Item 2 shares two of its two users and of item 0's three: 2 / sqrt(2 · 3). Item 1 is no own neighbour.
    assert known["item_knn"][0, :2].tolist() == pytest.approx([1 / np.sqrt(3), 2 / np.sqrt(6)])
    assert known["own_kind"][0, :2].tolist() == pytest.approx([np.log(2), np.log(2)])


def test_the_ranker_finds_what_decides_and_leaves_noise_alone() -> None:
    dice = np.random.default_rng(2)
    good, noise = dice.normal(size=(500, 30)), dice.normal(size=(500, 30))
    won = (good + dice.gumbel(size=good.shape)).argmax(axis=1)
    for values in (good, noise):
        rows = np.arange(500)
        values[rows, 0], values[rows, won] = values[rows, won].copy(), values[rows, 0].copy()
    features = {"good": good, "noise": noise}
    found = ranker.fit(features, ("good", "noise"))
    assert np.corrcoef(found.scores(features).ravel(), good.ravel())[0, 1] > 0.9
    assert ranker.fit(features, ("good", "noise")).as_json() == found.as_json()


def test_a_feature_that_never_differs_weighs_nothing() -> None:
    features = {"same": np.ones((5, 4)), "also": np.zeros((5, 4))}
    assert ranker.fit(features, ("same", "also")).scores(features).tolist() == np.zeros((5, 4)).tolist()


def frames(**days: list[str]) -> dict[str, pl.DataFrame]:
    return {
        role: pl.DataFrame({"user": ["u"] * len(values), "thing": ["lamp"] * len(values), "day": values})
        for role, values in days.items()
    }


def test_parts_that_overlap_in_time_are_refused() -> None:
    plan = parse_plan(log_plan(text={"left": ["thing"], "right": ["thing"], "group": "user", "time": "day"}))
    with pytest.raises(TrainingStopped) as refused:
        events.read(frames(train=["1", "5"], valid=["5", "10"], test=["11"]), plan)
    assert refused.value.code == "data.no_time_order"
    # Numbers are ordered as numbers: 9 comes before 10.
    assert events.read(frames(train=["1", "9"], valid=["10"], test=["11"]), plan).takings.users == 1


def test_a_log_without_a_validation_window_is_refused() -> None:
    with pytest.raises(TrainingStopped) as refused:
        events.read(frames(train=["1"], test=["2"]), parse_plan(log_plan()))
    assert refused.value.code == "data.no_validation"


def test_a_history_is_the_mean_of_its_texts() -> None:
    found = histories_of([np.array([3, 4]), np.array([5]), np.array([3, 5, 6])])
    assert found.texts(np.array([2, 0])).tolist() == [3, 5, 6, 3, 4]
    assert found.sizes(np.array([2, 0])).tolist() == [3, 2]


@pytest.mark.parametrize(
    "text",
    [
        {"left": ["thing"], "right": ["thing"], "group": "user"},
        {"left": ["thing"], "right": ["thing"], "time": "day"},
    ],
)
def test_a_log_needs_who_and_when(text: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="out of bounds"):
        parse_plan(log_plan(text=text))


def test_columns_of_a_log_are_refused_elsewhere() -> None:
    plan = tiny.pair_plan()
    for extra in ({"time": "day"}, {"item": "sku"}, {"kind": "hue"}):
        with pytest.raises(Refused, match="out of bounds"):
            parse_plan({**plan, "text": {**plan["text"], **extra}})
    with pytest.raises(Refused, match="history"):
        parse_plan(tiny.pair_plan(recipe={"history": 7}))
