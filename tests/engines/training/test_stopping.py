"""Early stopping: when a run ends, what it publishes, and that a kill changes neither."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from modeling.training import run
from modeling.training.config import parse_plan, plan_bytes, plan_digest
from modeling.training.failures import Cancelled, Refused, TrainingStopped
from modeling.training.stopping import Looks
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]
#: The headline at each look of a run of 60 steps: best at 18, as good again at 24, then worse.
SCRIPT = {6: 0.5, 12: 0.6, 18: 0.7, 24: 0.7, 30: 0.65, 36: 0.9, 42: 0.9, 48: 0.9, 54: 0.9, 60: 0.9}


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Looks give what the script says, and are counted."""
    looked: list[int] = []

    def looker(*_: Any) -> Callable[[int, float], float | None]:
        return lambda step, epoch: (looked.append(step), 0.99 if step == 0 else SCRIPT[step])[1]

    monkeypatch.setattr(run, "_looker", looker)
    return looked


def plan_of(patience: int, method: str = "full", **recipe: Any) -> dict[str, Any]:
    return tiny.pair_plan(
        method=method,
        recipe={"patience": patience, "save_every": 4, **recipe},
        evaluation={"live_points": 10},
    )


def test_looks_end_a_run_when_none_is_better_for_long_enough() -> None:
    looks = Looks(2)
    assert not looks.add(0, 0.9)
    assert looks.add(5, 0.5)
    assert looks.add(10, 0.6)
    assert not looks.add(15, 0.6)
    assert (looks.best, looks.spent) == (10, False)
    assert not looks.add(15, 0.6)  # after a resume
    assert not looks.spent
    again = Looks(2)
    again.take(json.loads(json.dumps(looks.as_json())))
    assert not again.add(20, 0.1)
    assert (again.best, again.spent) == (10, True)
    endless = Looks(0)
    assert not [step for step in range(9) if endless.add(step, 1 / (step + 1))]
    assert not endless.spent
    assert not Looks(1).add(3, None)


def test_a_run_stops_early_and_publishes_its_best_weights(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut, scripted: list[int]
) -> None:
    result = carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan_of(2)))
    assert scripted == [0, 6, 12, 18, 24, 30]
    training = result["training"]
    assert (training["steps"], training["planned"], training["best_step"]) == (30, 60, 18)
    assert training["pairs"] == 240  # 30 steps of 8
    carry_out(tiny.make_job(pairs, backbone, tmp_path / "plain", plan_of(0, save_every=18, epochs=2)))
    kept = tmp_path / "out" / "checkpoints" / "best" / "step-0000018" / "weights.safetensors"
    model = load_file(tmp_path / "out" / "model" / "model.safetensors")
    for name, value in load_file(kept).items():
        assert torch.equal(model[name.removeprefix("trunk.")], value), name


@pytest.mark.parametrize("method", ["full", "adalora", "adapter"])
@pytest.mark.parametrize("killed_after", [3, 17, 18, 24, 29, 30])
def test_a_killed_run_stops_at_the_same_step_with_the_same_weights(
    method: str, killed_after: int, pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut,
    scripted: list[int],
) -> None:  # fmt: skip
    plan = plan_of(2, method)
    job = tiny.make_job(pairs, backbone, tmp_path / "out", plan)

    class Killed(Exception):
        pass

    def stop(step: int) -> TrainingStopped | None:
        if step == killed_after:
            raise Killed
        return None

    with pytest.raises(Killed):  # step 30 is asked about only while judging
        carry_out(job, stop)
    resumed = carry_out(job)
    whole = carry_out(tiny.make_job(pairs, backbone, tmp_path / "whole", plan))
    assert resumed["training"]["steps"] == whole["training"]["steps"] == 30
    assert resumed["training"]["best_step"] == whole["training"]["best_step"] == 18
    assert resumed["reproduce"] == whole["reproduce"]


def test_a_run_that_keeps_getting_better_goes_to_its_end(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = tiny.pair_plan(recipe={"patience": 2, "epochs": 2})
    result = carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan))
    assert result["training"]["steps"] == result["training"]["planned"] == 60
    points = tiny.points(tmp_path / "out", "valid/auc")
    judged = {step: value for (metric, step), value in points.items() if metric == "valid/auc" and step}
    assert judged[result["training"]["best_step"]] == max(judged.values())


def test_lost_best_weights_are_not_replaced_by_others(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut, scripted: list[int]
) -> None:
    def stop(step: int) -> TrainingStopped | None:
        if step == 29:
            shutil.rmtree(tmp_path / "out" / "checkpoints" / "best")
        return None

    with pytest.raises(TrainingStopped, match=r"run\.best_lost"):
        carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", plan_of(2)), stop)


def test_stopping_early_needs_looks_and_rows_to_look_at(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    with pytest.raises(Refused, match="patience"):
        parse_plan(tiny.pair_plan(recipe={"patience": 1}, evaluation={"live_points": 0}))
    job = tiny.make_job(pairs, backbone, tmp_path / "out", plan_of(2))
    del job["data"]["valid"]
    with pytest.raises(TrainingStopped, match=r"run\.no_validation"):
        carry_out(job)


def test_a_run_killed_between_a_checkpoint_and_its_look_looks_again(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = tiny.pair_plan(recipe={"save_every": 5}, evaluation={"live_points": 12})  # looks at 5, 10, …
    job = tiny.make_job(pairs, backbone, tmp_path / "out", plan)
    with pytest.raises(Cancelled):
        carry_out(job, lambda step: Cancelled("run.cancelled", step=step) if step == 11 else None)
    shutil.rmtree(tmp_path / "out" / "checkpoints" / "step-0000011")
    spool = tmp_path / "out" / "metrics.jsonl"
    lines = spool.read_text().splitlines()
    spool.write_text("".join(f"{x}\n" for x in lines if not ("valid/" in x and json.loads(x)["step"] == 10)))
    carry_out(job)
    assert ("valid/auc", 10) in tiny.points(tmp_path / "out")


def test_plans_from_before_early_stopping_keep_their_digest() -> None:
    plan = parse_plan(tiny.pair_plan())
    assert b"patience" not in plan_bytes(plan)
    assert plan_digest(plan) == plan_digest(parse_plan(tiny.pair_plan(recipe={"patience": 0})))
    stopping = parse_plan(tiny.pair_plan(recipe={"patience": 2}))
    assert plan_digest(stopping) != plan_digest(plan)
    assert parse_plan(plan_bytes(stopping)) == stopping
