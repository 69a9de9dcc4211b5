"""kill -9 of trainer, worker, broker and web during a run loses nothing: it completes, with equal figures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from typing import Any

import pytest

from tests.services.system import System, eventually, manage

pytestmark = [pytest.mark.services, pytest.mark.slow]

ISSUE_TOKEN = """
from governance.actions import token_issue
from governance.models import User
user = User.objects.get(username="liu.yang")
print("TOKEN", token_issue(actor=user, user=user, label="chaos")[1])
"""
LIMIT = 420.0


class Client:
    """The REST API in the engineer's name."""

    def __init__(self, system: System) -> None:
        self.base = system.url.rstrip("/")
        said = manage(system.data, "shell", "-v0", text=ISSUE_TOKEN)
        self.token = next(line.split()[1] for line in said.splitlines() if line.startswith("TOKEN"))

    def __call__(self, path: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.base + path, data=body)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def patiently(self, path: str) -> Any:
        """GET, again while the killed web process comes back."""
        end = time.monotonic() + 90
        while True:
            try:
                return self(path)
            except OSError:
                assert time.monotonic() < end, f"{path}: no answer for 90 s"
                time.sleep(0.5)


def pids(system: System, part: str) -> list[int]:
    return sorted(pid for pid, words in system.processes().items() if part in words)


def trainers(run: str) -> list[int]:
    """The training child of a run: its command line names it."""
    words = f"modeling.training.child {run}"
    found = subprocess.run(["pgrep", "-f", words], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]


def kill(*numbers: int) -> None:
    for number in numbers:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def losses(client: Client, run: str) -> list[tuple[int, float]]:
    rows = client.patiently(f"/api/v1/training-runs/{run}/metrics?metric=train/loss&page_size=5000")[
        "results"
    ]
    return [(row["step"], row["value"]) for row in rows]


def test_a_run_survives_the_death_of_every_part(demo_system: System) -> None:
    client = Client(demo_system)
    first = client("/api/v1/training-runs")["results"][0]
    assert first["state"] == "succeeded"
    inputs = [{"role": part["role"], "version": part["version"]} for part in first["inputs"]]
    asked = {"plan": first["plan"], "inputs": inputs, "cpu_seconds": first["cpu_seconds_asked"]}
    run = client("/api/v1/training-runs", asked)["uid"]
    path = f"/api/v1/training-runs/{run}"

    assert eventually(lambda: len(losses(client, run)) >= 2, 180)
    kill(*trainers(run))
    assert eventually(lambda: client.patiently(path)["attempt"] >= 2, 180)
    kill(*pids(demo_system, "worker -Q gpu"))
    kill(*pids(demo_system, "valkey-server"))
    kill(*pids(demo_system, "gunicorn"))
    end = time.monotonic() + LIMIT
    while (state := client.patiently(path)["state"]) not in {"succeeded", "failed", "cancelled"}:
        assert time.monotonic() < end, f"still {state}"
        time.sleep(1)

    assert state == "succeeded"
    assert losses(client, run) == losses(client, first["uid"])
    ours = client.patiently(f"/api/v1/model-versions/{client.patiently(path)['model']}")
    theirs = client.patiently(f"/api/v1/model-versions/{first['model']}")
    assert ours["weights_sha256"] == theirs["weights_sha256"]
    assert json.loads(manage(demo_system.data, "ledger", "verify", "--json"))["ok"]
