from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.metrics import ndcg_score

from modeling.training import losses
from modeling.training.config import parse_plan
from modeling.training.evaluation import retrieval as metrics
from modeling.training.examples import Examples, Pairs
from modeling.training.failures import Refused
from modeling.training.tasks.retrieval.task import Retrieval
from modeling.training.texts import TextStore
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]
DICE = np.random.default_rng(4)


def test_measures_equal_scikit_learn_and_the_plain_definition() -> None:
    scores = DICE.normal(size=(30, 50))
    relevant = DICE.random((30, 50)) < 0.08
    relevant[np.arange(30), DICE.integers(0, 50, 30)] = True
    query, item = np.nonzero(relevant)
    found = metrics.by_query(metrics.ranks([scores[:7], scores[7:]], query, item), query, 10)
    for at in range(30):
        listed = np.argsort(-scores[at])
        hits = relevant[at][listed]
        assert found["recall@10"][at] == pytest.approx(hits[:10].sum() / hits.sum())
        assert found["mrr"][at] == pytest.approx(1 / (1 + hits.argmax()))
        assert found["ndcg@10"][at] == pytest.approx(ndcg_score([relevant[at]], [scores[at]], k=10))


def test_a_model_that_cannot_tell_items_apart_gains_nothing_by_their_order() -> None:
    places = metrics.ranks([np.zeros((1, 101))], np.array([0]), np.array([0]))
    assert places.tolist() == [51.0]


def test_hard_negatives_are_pushed_away_and_the_right_item_is_left_out() -> None:
    eye = torch.eye(4)
    left, right = eye[:2], eye[:2]
    labels = torch.tensor([0.0, 1.0])
    plain = losses.in_batch(left, right, labels, 5.0)
    itself = losses.in_batch(left, right, labels, 5.0, right[:, None].clone())
    near = losses.in_batch(left, right, labels, 5.0, eye[:2].flip(0)[:, None])
    equal = losses.in_batch(left, right, labels, 5.0, (eye[:2] * 0.999)[:, None])
    assert float(itself) == pytest.approx(float(plain))
    assert float(equal) > float(near) > float(plain)


def make_catalogue(folder: Path) -> None:
    """A query names a thing and a colour; its items are the things of that colour, in other words."""
    folder.mkdir(parents=True, exist_ok=True)
    for role, rows, seed in (("train", 200, 1), ("valid", 60, 2), ("test", 60, 3)):
        dice = random.Random(seed)
        lines = []
        for _ in range(rows):
            noun, colour = dice.choice(tiny.NOUNS), dice.choice(tiny.COLOURS)
            lines.append({"text": f"where is my {noun} {colour}", "intent": f"{colour} {noun}", "label": 1})
            lines.append({"text": "buy", "intent": f"{dice.choice(tiny.EXTRAS)} {noun}", "label": 0})
        pl.DataFrame(lines).write_parquet(folder / f"{role}.parquet")


def test_replies_are_a_catalogue_too(backbone: Path, tmp_path: Path, carry_out: CarryOut) -> None:
    make_catalogue(tmp_path / "data")
    plan = retrieval_plan(hard_negatives=2) | {"task": "reply_matching"}
    result = carry_out(tiny.make_job(tmp_path / "data", backbone, tmp_path / "out", plan))
    assert result["headline"] == "mrr"
    assert value(result, "mrr") > value(result, "mrr", "zero_shot")


def retrieval_plan(**recipe: Any) -> dict[str, Any]:
    plan = tiny.pair_plan(recipe={"epochs": 4, **recipe})
    text = {"left": ["text"], "right": ["intent"], "label": "label", "group": ""}
    return plan | {"task": "retrieval", "text": text}


def value(result: dict[str, Any], metric: str, model: str = "fine_tuned") -> float:
    rows = result["evaluation"]["metrics"]
    return float(next(row["value"] for row in rows if (row["metric"], row["model"]) == (metric, model)))


@pytest.mark.parametrize("hard", [0, 3])
def test_the_whole_catalogue_is_ranked(
    hard: int, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    make_catalogue(tmp_path / "data")
    plan = retrieval_plan(hard_negatives=hard)
    result = carry_out(tiny.make_job(tmp_path / "data", backbone, tmp_path / "out", plan))
    assert {row["metric"] for row in result["evaluation"]["metrics"]} == {"recall@10", "mrr", "ndcg@10"}
    assert {row["model"] for row in result["evaluation"]["metrics"]} == {
        "fine_tuned", "zero_shot", "bm25", "tfidf_word", "tfidf_char",
    }  # fmt: skip
    # Items that no row calls right are in the catalogue too, but nothing is learnt from their rows.
    assert result["candidates"] > len(tiny.NOUNS) * len(tiny.COLOURS)
    assert result["examples"]["train"] <= len(tiny.NOUNS) * len(tiny.COLOURS)
    assert value(result, "recall@10") > value(result, "recall@10", "zero_shot")


def test_negatives_never_answer_their_query(backbone: Path) -> None:
    store = TextStore(backbone, 16)
    rows = [(f"my {noun}", f"{colour} {noun}", "1") for noun in tiny.NOUNS[:4] for colour in tiny.COLOURS[:3]]
    frame = pl.DataFrame(rows, schema=["text", "intent", "label"], orient="row")
    plan = parse_plan(retrieval_plan(hard_negatives=5))
    examples = Retrieval().build({"train": frame, "test": frame}, plan, store)
    train = examples.train
    assert train.extra is not None
    assert train.extra.shape == (12, 5)
    answers = {(int(q), int(i)) for q, i in zip(train.left, train.right, strict=True)}
    for query, extra in zip(train.left, train.extra, strict=True):
        assert not {(int(query), int(number)) for number in extra} & answers


def test_a_small_catalogue_fills_up_with_the_right_item_itself(backbone: Path) -> None:
    store = TextStore(backbone, 16)
    frame = pl.DataFrame(
        {"text": ["my lamp", "my sofa"], "intent": ["red lamp", "red sofa"], "label": ["1", "1"]}
    )
    plan = parse_plan(retrieval_plan(hard_negatives=3))
    train = Retrieval().build({"train": frame, "test": frame}, plan, store).train
    assert train.extra is not None
    for row in range(2):
        assert set(train.extra[row]) == {int(train.right[0]), int(train.right[1])}
        assert (train.extra[row] == train.right[row]).sum() == 2


def test_a_look_takes_its_own_items_and_some_more() -> None:
    part = Pairs(np.array([0]), np.array([500]), np.zeros(1, np.float32), np.zeros(1, np.int64))
    whole = Examples(part, {}, np.arange(1, 3001), catalogue=True)
    narrow = whole.narrowed(part, 100, 0)
    assert len(narrow.candidates) == 100
    assert 500 in narrow.candidates
    assert (np.diff(narrow.candidates) > 0).all()
    assert whole.narrowed(part, 5000, 0) is whole


def test_settings_that_would_do_nothing_are_refused() -> None:
    for plan in (
        tiny.pair_plan(recipe={"hard_negatives": 2}),
        tiny.pair_plan(recipe={"class_weights": "balanced"}),
    ):
        with pytest.raises(Refused, match="out of bounds"):
            parse_plan(plan)
