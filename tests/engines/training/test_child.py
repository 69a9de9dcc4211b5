"""The process itself: refusals, kill -9, cancel, death of the parent."""

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

from tests.engines.training import tiny

REPO = Path(__file__).parents[3]


def wait_for_step(output: Path, step: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if (output / "metrics.jsonl").is_file() and ("train/loss", step) in tiny.points(output):
            return
        time.sleep(0.02)
    raise AssertionError("the child never got there")


def long_plan(**changes: Any) -> dict[str, Any]:
    return tiny.pair_plan(recipe={"epochs": 4, **changes})


def test_a_refused_job_says_why_in_both_languages_and_loads_no_torch(
    pairs: Path, backbone: Path, tmp_path: Path
) -> None:
    job = tiny.make_job(
        pairs, backbone, tmp_path / "out", tiny.pair_plan(), {"valid_until": "2026-02-01T00:00:00Z"}
    )
    for part in job["data"].values():
        part["path"] = str(tmp_path / "nowhere.parquet")  # were it touched, the code would be another one
    child = tiny.start(job)
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 3
    failure = json.loads((tmp_path / "out" / "failure.json").read_text())
    assert failure["code"] == "grant.expired"
    assert "许可" in failure["zh"]
    assert json.loads(errors.decode().splitlines()[-1])["code"] == "grant.expired"
    assert not (tmp_path / "out" / "metrics.jsonl").exists()


def test_a_job_that_is_no_json_is_refused() -> None:
    child = subprocess.run(
        [sys.executable, "-m", "modeling.training.child"],
        input=b"{",
        capture_output=True,
        cwd=REPO,
        check=False,
    )
    assert child.returncode == 3
    assert json.loads(child.stderr.decode().splitlines()[-1])["code"] == "job.invalid"


def test_killed_at_any_step_a_run_resumes_to_equal_losses_and_equal_weights(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: Callable[..., dict[str, Any]]
) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    job = tiny.make_job(pairs, backbone, killed, long_plan())
    child = tiny.start(job)
    wait_for_step(killed, 34)
    child.kill()
    child.communicate()
    again = tiny.start(job)
    _, errors = again.communicate(timeout=300)
    assert again.returncode == 0, errors
    first = json.loads((killed / "result.json").read_text())
    second = carry_out(tiny.make_job(pairs, backbone, whole, long_plan()))
    assert first["training"]["resumed_from"] >= 30
    assert first["training"]["resumed_from"] % 10 == 0
    assert first["reproduce"] == second["reproduce"]
    assert tiny.points(killed) == tiny.points(whole)
    assert first["evaluation"] == second["evaluation"]
    assert not any(
        tiny.KEY.hex().encode() in path.read_bytes() for path in killed.rglob("*") if path.is_file()
    )


def test_asked_to_stop_the_child_stops_within_a_step_and_keeps_a_checkpoint(
    pairs: Path, backbone: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    child = tiny.start(tiny.make_job(pairs, backbone, output, long_plan(save_every=10_000, epochs=100)))
    wait_for_step(output, 5)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=60)
    assert child.returncode == 4
    failure = json.loads((output / "failure.json").read_text())
    assert failure["code"] == "run.cancelled"
    kept = [path.name for path in (output / "checkpoints").glob("step-*")]
    assert kept == [f"step-{int(failure['facts']['step']):07d}"]


def test_the_child_dies_with_its_parent(pairs: Path, backbone: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    job = tiny.make_job(pairs, backbone, output, long_plan(epochs=1000))
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys\n"
            "command = [sys.executable, '-m', 'modeling.training.child']\n"
            "child = subprocess.Popen(command, stdin=subprocess.PIPE)\n"
            "child.stdin.write(sys.stdin.buffer.read()); child.stdin.close()\n"
            "print(child.pid, flush=True); child.wait()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=REPO,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(json.dumps(job).encode())
    parent.stdin.close()
    child = int(parent.stdout.readline())
    wait_for_step(output, 1)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 30
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(child)


def _alive(process: int) -> bool:
    """Running, and not only waiting to be reaped by init."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
