"""kill -9 of the worker process: its trainer dies with it, the clock finds the run, and it computes the
same.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.engines.training import tiny

pytestmark = [pytest.mark.services, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]


class Scratch:
    """The company of tests/modeling/scratch.py; its database is read without Django."""

    def __init__(self, place: Path) -> None:
        self.place = place
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.environment = kept | {
            "GAVEL_TEST_VAR": str(place),
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.modeling.scratch", *words],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *words: str) -> str:
        process = self.start(*words)
        out, told = process.communicate(timeout=300)
        assert process.returncode == 0, told[-3000:]
        return out

    def sql(self, query: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.place / "gavel.sqlite3", timeout=20)) as base, base:
            return base.execute(query, values).fetchall()

    def losses(self, uid: str) -> list[Any]:
        return self.sql(
            "SELECT step, value FROM modeling_metricpoint p JOIN modeling_trainingrun r ON r.id = p.run_id"
            " WHERE r.uid = ? AND metric = 'train/loss' ORDER BY step",
            uid,
        )

    def state(self, uid: str) -> tuple[str, str, int]:
        (row,) = self.sql("SELECT state, reason, attempt FROM modeling_trainingrun WHERE uid = ?", uid)
        found: tuple[str, str, int] = row
        return found


def trainers_of(place: Path) -> list[str]:
    """Processes that hold the lock of a run's folder: the trainers of this test alone."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = link.readlink()
            if target.is_relative_to(place / "runs") and target.name == "lock":
                found.append(link.parts[2])
        except OSError:
            continue
    return found


def test_a_killed_worker_loses_no_run_and_no_point(tmp_path: Path) -> None:
    backbone = tiny.make_backbone(tmp_path / "tiny")
    scratch = Scratch(tmp_path / "var")
    scratch.place.mkdir()
    undisturbed, disturbed = scratch.run("prepare", str(backbone)).split()
    assert scratch.run("work", undisturbed) == "succeeded"
    worker = scratch.start("work", disturbed)
    while len(scratch.losses(disturbed)) < 50 and worker.poll() is None:
        time.sleep(0.05)
    worker.kill()
    worker.communicate()
    while trainers_of(scratch.place):
        time.sleep(0.05)
    assert scratch.state(disturbed) == ("running", "", 1)
    scratch.sql("UPDATE modeling_trainingrun SET lease_until = '2020-01-01' WHERE uid = ?", disturbed)
    scratch.run("tick")
    assert scratch.state(disturbed) == ("queued", "worker_lost", 1)
    assert scratch.run("work", disturbed) == "succeeded"
    assert scratch.state(disturbed) == ("succeeded", "", 2)
    assert scratch.losses(disturbed) == scratch.losses(undisturbed)
    assert len(scratch.losses(disturbed)) == 360
