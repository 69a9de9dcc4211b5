"""Real processes over gloo: the loss of one process, one that is killed, one that runs out of memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from modeling.training.crew import Crew
from modeling.training.failures import Refused, TrainingStopped
from modeling.training.job import parse_job
from tests.engines.training import tiny
from tests.engines.training.test_child import REPO, _alive, wait_for_step

CarryOut = Callable[..., dict[str, Any]]


def others(child: subprocess.Popen[bytes]) -> list[int]:
    """The processes a child has started."""
    found = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    return [int(process) for process in found]


def ended(child: subprocess.Popen[bytes], seconds: float = 200) -> str:
    """What a child that is done wrote to its standard error."""
    return child.communicate(timeout=seconds)[1].decode()


def gone(processes: list[int]) -> bool:
    deadline = time.monotonic() + 20
    while any(map(_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(_alive, processes))


@pytest.mark.parametrize(
    ("task", "method", "recipe"),
    [("pair", "full", {"pass_texts": 5}), ("message", "adalora", {"pass_texts": 3})],
)
def test_two_processes_train_as_one_does(
    task: str, method: str, recipe: dict[str, Any], backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    make = tiny.pair_plan if task == "pair" else tiny.message_plan
    (tiny.make_pairs if task == "pair" else tiny.make_messages)(data := tmp_path / "data")
    plan = make(method=method, recipe={"epochs": 1, "precision": "fp32", **recipe})
    if method == "adalora":
        plan["options"] = {"dropout": 0.1}
    child = tiny.start(tiny.make_job(data, backbone, tmp_path / "two", plan, processes=2))
    errors = ended(child)
    assert child.returncode == 0, errors
    carry_out(tiny.make_job(data, backbone, tmp_path / "one", plan))
    two, one = tiny.points(tmp_path / "two"), tiny.points(tmp_path / "one")
    assert two.keys() == one.keys()
    for at, value in one.items():
        assert two[at] == pytest.approx(value, abs=1e-5 if at[1] == 1 else 2e-3), at
    result = json.loads((tmp_path / "two" / "result.json").read_text())
    assert result["cost"]["processes"] == 2
    names = {path.name for path in (tmp_path / "two").iterdir()}
    assert names - {"adapter"} == {
        "checkpoints", "log.jsonl", "metrics.jsonl", "model", "progress.json", "result.json",
    }  # fmt: skip


def test_a_killed_process_ends_the_run_with_a_reason_and_it_resumes_to_the_same_bits(
    pairs: Path, backbone: Path, tmp_path: Path
) -> None:
    plan = tiny.pair_plan(recipe={"epochs": 3})  # without pass_texts: the batch is shared out
    job = tiny.make_job(pairs, backbone, tmp_path / "out", plan, processes=2)
    child = tiny.start(job)
    wait_for_step(tmp_path / "out", 24)
    (other,) = others(child)
    os.kill(other, signal.SIGKILL)
    began = time.monotonic()
    errors = ended(child, 60)
    assert child.returncode == 5, errors
    assert time.monotonic() - began < 30
    failure = json.loads((tmp_path / "out" / "failure.json").read_text())
    assert (failure["code"], failure["facts"]["how"]) == ("run.process_lost", "signal 9")
    again = tiny.start(job)
    errors = ended(again)
    assert again.returncode == 0, errors
    whole = tiny.start(tiny.make_job(pairs, backbone, tmp_path / "whole", plan, processes=2))
    errors = ended(whole)
    assert whole.returncode == 0, errors
    first, second = (json.loads((tmp_path / n / "result.json").read_text()) for n in ("out", "whole"))
    assert first["training"]["resumed_from"] >= 20
    assert first["reproduce"] == second["reproduce"]
    assert tiny.points(tmp_path / "out") == tiny.points(tmp_path / "whole")


def test_a_stop_keeps_one_checkpoint_and_a_killed_leader_leaves_nobody(
    pairs: Path, backbone: Path, tmp_path: Path
) -> None:
    plan = tiny.pair_plan(recipe={"epochs": 500, "save_every": 10_000})
    child = tiny.start(tiny.make_job(pairs, backbone, tmp_path / "out", plan, processes=2))
    wait_for_step(tmp_path / "out", 3)
    started = others(child)
    child.send_signal(signal.SIGTERM)
    ended(child, 60)
    assert child.returncode == 4
    assert gone(started)
    failure = json.loads((tmp_path / "out" / "failure.json").read_text())
    assert failure["code"] == "run.cancelled"
    kept = [path.name for path in (tmp_path / "out" / "checkpoints").glob("step-*")]
    assert kept == [f"step-{int(failure['facts']['step']):07d}"]

    child = tiny.start(tiny.make_job(pairs, backbone, tmp_path / "out", plan, processes=2))
    wait_for_step(tmp_path / "out", int(failure["facts"]["step"]) + 2)
    started = others(child)
    child.kill()
    child.communicate()
    assert len(started) == 1
    assert gone(started)


WORKER = """
import json, sys
import numpy as np, torch
from pathlib import Path
from modeling.training import backbones, together
from modeling.training.crew import Crew
from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped
from modeling.training.steps import Appetite
from modeling.training.texts import TextStore
from tests.engines.training import tiny
from tests.engines.training.test_steps import batch

rank, folder, meeting, out, full, mode = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:]
torch.set_num_threads(1)
encoder = Encoder(backbones.resolve("tiny", folder), "mean", "fp32").eval()
store = TextStore(folder, 16)
store.add([f"{colour} {noun}" for colour in tiny.COLOURS for noun in tiny.NOUNS])
team = together.meet(Crew(rank, 2, meeting), torch.device("cpu"))
original = encoder.vectors
def limited(store, numbers):
    if rank == 1 and len(numbers) > int(full):
        raise torch.OutOfMemoryError("CUDA out of memory.")
    return original(store, numbers)
encoder.vectors = limited
appetite, told = Appetite(0), {}
if mode == "differ":
    with torch.no_grad():
        next(iter(encoder.trainable().values())).add_(rank)
try:
    if mode == "differ":
        team.agree({"weights": together.weights_sum(encoder.trainable())}, encoder.device)
    told["loss"] = together.gradients_together(encoder, store, batch(), appetite, team)
    rows = {n: p.grad.flatten().tolist() for n, p in encoder.named_parameters() if p.grad is not None}
    told |= {"texts": appetite.texts, "gradients": rows}
except TrainingStopped as error:
    told["code"] = error.code
Path(out).write_text(json.dumps(told))
"""


def work(backbone: Path, tmp_path: Path, full: int, mode: str = "") -> list[dict[str, Any]]:
    """What two processes make of one step; the second has memory for ``full`` texts."""
    args = [str(backbone), str(tmp_path / "meeting")]
    command = [sys.executable, "-c", WORKER]
    running = [
        subprocess.Popen([*command, str(rank), *args, str(tmp_path / str(rank)), str(full), mode], cwd=REPO)
        for rank in (0, 1)
    ]
    assert [process.wait(120) for process in running] == [0, 0]
    return [json.loads((tmp_path / str(rank)).read_text()) for rank in (0, 1)]


@pytest.mark.parametrize(("full", "texts"), [(99, 0), (3, 3)])
def test_the_gradient_is_that_of_the_whole_batch_even_where_memory_ends_in_one(
    full: int, texts: int, backbone: Path, tmp_path: Path
) -> None:
    from modeling.training import backbones
    from modeling.training.encoder import Encoder
    from modeling.training.texts import TextStore
    from tests.engines.training.test_steps import made

    encoder = Encoder(backbones.resolve("tiny", backbone), "mean", "fp32").eval()
    store = TextStore(backbone, 16)
    store.add([f"{colour} {noun}" for colour in tiny.COLOURS for noun in tiny.NOUNS])
    whole, expected = made(encoder, store, 0)
    first, second = work(backbone, tmp_path, full)
    assert first == second
    assert first["loss"] == pytest.approx(whole, abs=1e-5)
    assert first["texts"] <= texts
    assert first["gradients"].keys() == expected.keys()
    for name, value in expected.items():
        assert torch.allclose(torch.tensor(first["gradients"][name]), value.flatten(), atol=1e-5), name


def test_one_text_too_many_and_other_weights_end_both_with_a_reason(backbone: Path, tmp_path: Path) -> None:
    for name, full, mode, code in (
        ("memory", 0, "", "run.out_of_memory"), ("weights", 99, "differ", "run.processes_differ"),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        assert [told["code"] for told in work(backbone, tmp_path / name, full, mode)] == [code, code]


def test_a_leader_that_waits_where_nothing_wakes_it_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modeling.training import crew

    monkeypatch.setattr(crew, "GRACE", 0.1)
    dead = subprocess.Popen([sys.executable, "-c", "raise SystemExit(5)"])
    asleep = subprocess.Popen(["sleep", "100"])
    told: list[TrainingStopped] = []
    found = Crew(0, 3, tmp_path / "none", [asleep, dead])

    def end(reason: TrainingStopped) -> None:
        told.append(reason)
        found.close()  # the real one ends the process

    found.watch(end)
    assert (told[0].code, told[0].facts["rank"], told[0].facts["how"]) == ("run.process_lost", 2, "status 5")
    assert asleep.poll() == -signal.SIGKILL


@pytest.mark.parametrize("wrong", [{"processes": 0}, {"processes": 65}, {"rank": 1}, {"device": "tpu"},
                                   {"processes": 2, "rank": 1}])  # fmt: skip
def test_a_job_of_no_sense_is_refused(
    wrong: dict[str, Any], pairs: Path, backbone: Path, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=r"job\.invalid"):
        parse_job(json.dumps(tiny.make_job(pairs, backbone, tmp_path, tiny.pair_plan(), **wrong)))


def test_a_device_that_is_not_there_is_named(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    with pytest.raises(TrainingStopped, match=r"run\.no_device"):
        carry_out(tiny.make_job(pairs, backbone, tmp_path / "out", tiny.pair_plan(), device="cuda:0"))
