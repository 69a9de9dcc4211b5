"""Whole runs on a tiny model, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from modeling.training import loop
from modeling.training.failures import TrainingStopped
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]


def value(result: dict[str, Any], metric: str, model: str = "fine_tuned") -> float:
    rows = result["evaluation"]["metrics"]
    return next(row["value"] for row in rows if (row["metric"], row["model"]) == (metric, model))


def test_pairs_are_learnt_and_judged_against_every_baseline(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    output = tmp_path / "out"
    result = carry_out(tiny.make_job(pairs, backbone, output, tiny.pair_plan(recipe={"epochs": 6})))
    models = {row["model"] for row in result["evaluation"]["metrics"]}
    assert models == {"fine_tuned", "zero_shot", "bm25", "tfidf_word", "tfidf_char"}
    assert {row["metric"] for row in result["evaluation"]["metrics"]} == {"auc", "ap", "f1"}
    assert value(result, "auc") > value(result, "auc", "zero_shot")
    losses = tiny.points(output, "train/loss")
    assert len(losses) == result["training"]["steps"] == 180
    live = tiny.points(output, "valid/auc")
    assert {step for _, step in live} == {0, 90, 180}
    assert json.loads((output / "result.json").read_text()) == result
    assert json.loads((output / "progress.json").read_text())["step"] == 180
    assert result["evaluation"]["bootstrap"]["groups"] == 40
    assert set(result["shared_with_train"]["test"]) == {"pairs", "left", "right"}


def test_messages_are_ranked_over_all_titles_with_the_classifier_beside(
    messages: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = tiny.message_plan(recipe={"epochs": 4})
    result = carry_out(tiny.make_job(messages, backbone, tmp_path / "out", plan))
    assert result["candidates"] == len(tiny.NOUNS)
    assert {row["metric"] for row in result["evaluation"]["metrics"]} == {"ndcg@10", "mrr", "acc@1"}
    assert value(result, "acc@1") > value(result, "acc@1", "zero_shot")
    assert value(result, "acc@1", "fixed_label_classifier") > 0.5


def test_search_lists_are_judged_inside_each_query(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = {**tiny.pair_plan(), "task": "search_relevance"}
    plan["text"] = {**plan["text"], "group": ""}
    result = carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan))
    assert {row["metric"] for row in result["evaluation"]["metrics"]} == {"ndcg@10", "gauc", "auc"}


def test_the_same_plan_on_the_same_data_gives_the_same_weights(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    one = carry_out(tiny.make_job(pairs, backbone, tmp_path / "one", tiny.pair_plan()))
    two = carry_out(tiny.make_job(pairs, backbone, tmp_path / "two", tiny.pair_plan()))
    assert one["reproduce"] == two["reproduce"]
    assert one["evaluation"] == two["evaluation"]
    assert tiny.points(tmp_path / "one") == tiny.points(tmp_path / "two")


def test_a_loss_that_is_no_number_stops_the_run_with_its_reason(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modeling.training.tasks.pairs import LabelledPairs

    whole, calls = LabelledPairs.loss, []

    def broken(self: Any, *rows: Any) -> torch.Tensor:
        calls.append(1)
        return whole(self, *rows) * (float("nan") if len(calls) == 5 else 1.0)

    monkeypatch.setattr(LabelledPairs, "loss", broken)
    with pytest.raises(TrainingStopped, match=r"run\.nan_loss") as caught:
        carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", tiny.pair_plan()))
    assert caught.value.facts["step"] == 5
    assert not (tmp_path / "out" / "result.json").exists()
    assert len(tiny.points(tmp_path / "out", "train/loss")) == 4


def test_checkpoints_of_another_plan_are_never_resumed(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    output = tmp_path / "out"
    carry_out(tiny.make_job(pairs, backbone, output, tiny.pair_plan()))
    with pytest.raises(TrainingStopped, match=r"run\.checkpoint_foreign"):
        carry_out(tiny.make_job(pairs, backbone, output, tiny.pair_plan(recipe={"seed": 3})))


def test_a_torn_checkpoint_is_passed_over_for_the_one_before(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    output = tmp_path / "out"
    job = tiny.make_job(pairs, backbone, output, tiny.pair_plan())
    whole = carry_out(job)
    newest, older = sorted((output / "checkpoints").glob("step-*"), reverse=True)
    (newest / "weights.safetensors").write_bytes(b"torn")
    again = carry_out(job)
    assert again["training"]["resumed_from"] == int(older.name.removeprefix("step-"))
    assert again["reproduce"] == whole["reproduce"]


def test_a_backbone_other_than_the_planned_one_is_refused(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = tiny.pair_plan(backbone={"digest": "sha256:00"})
    with pytest.raises(TrainingStopped, match=r"backbone\.changed"):
        carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan))


def test_equal_labels_teach_nothing_and_are_refused(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    pl.read_parquet(pairs / "train.parquet").with_columns(label=1).write_parquet(pairs / "train.parquet")
    with pytest.raises(TrainingStopped, match=r"data\.empty"):
        carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", tiny.pair_plan()))


def test_looks_are_spread_over_the_run() -> None:
    assert sorted(loop._look_steps(100, 4)) == [25, 50, 75, 100]
    assert loop._look_steps(100, 0) == set()


def test_the_head_learns_on_vectors_that_stay_as_they_were(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = tiny.pair_plan(method="head", recipe={"epochs": 10, "learning_rate": 0.02})
    result = carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan))
    weight = load_file(tmp_path / "out" / "model" / "2_Dense" / "model.safetensors")["linear.weight"].numpy()
    assert not np.allclose(weight, np.eye(32))
    assert value(result, "auc") > value(result, "auc", "zero_shot")
