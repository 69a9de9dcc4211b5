from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from modeling.training.config import parse_plan
from modeling.training.examples import refuse_leaks
from modeling.training.failures import TrainingStopped
from modeling.training.tasks import TASKS, load_task
from modeling.training.texts import TextStore
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]
PAIRS = [(f"{extra} {noun}", f"{colour} {noun}") for noun in tiny.NOUNS for extra, colour in
         zip(tiny.EXTRAS, tiny.COLOURS * 2, strict=False)]  # fmt: skip


def frames(copied: int) -> dict[str, pl.DataFrame]:
    """32 rows to learn from and 32 to judge, of which the first ``copied`` are training rows."""
    rows = {"train": PAIRS[:32], "test": PAIRS[:copied] + PAIRS[32 : 64 - copied]}
    return {
        role: pl.DataFrame(
            [(left, right, str(at % 2)) for at, (left, right) in enumerate(found)],
            schema=["text", "intent", "label"],
            orient="row",
        )
        for role, found in rows.items()
    }


def examine(task: str, copied: int, limit: float, backbone: Path) -> None:
    text = {"left": ["text"], "right": ["intent"], "label": "label"}
    if not TASKS[task].needs_right:
        text = {"left": ["text"], "right": [], "label": "intent"}
    plan = parse_plan(tiny.pair_plan() | {"task": task, "text": text})
    examples = load_task(task).build(frames(copied), plan, TextStore(backbone, 16))
    refuse_leaks(examples, TASKS[task].leaks_by, limit)


@pytest.mark.parametrize("task", ["pair_relevance", "search_relevance", "intent_matching", "topic"])
def test_rows_learnt_by_heart_are_not_judged(task: str, backbone: Path) -> None:
    examine(task, copied=0, limit=0.0, backbone=backbone)
    examine(task, copied=1, limit=0.05, backbone=backbone)
    with pytest.raises(TrainingStopped) as refused:
        examine(task, copied=4, limit=0.05, backbone=backbone)
    assert refused.value.code == "data.leak"
    assert refused.value.facts["count"] == 4


def test_columns_that_are_equal_by_chance_are_no_leak(backbone: Path) -> None:
    examine("user_attribute", copied=20, limit=0.0, backbone=backbone)


def test_a_run_stops_before_it_learns(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    train = pl.read_parquet(pairs / "train.parquet")
    train.head(40).write_parquet(pairs / "test.parquet")
    plan = tiny.pair_plan()
    del plan["evaluation"]["leak_limit"]
    with pytest.raises(TrainingStopped) as refused:
        carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan))
    assert refused.value.code == "data.leak"
    assert not (tmp_path / "out" / "checkpoints").exists()
