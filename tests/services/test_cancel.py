"""A check is cancelled in the middle of a step that calls nobody back: the real worker ends it in seconds."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.services.system import System, eventually
from tests.services.test_chaos import Client

pytestmark = [pytest.mark.services, pytest.mark.slow]


def test_a_cancelled_check_ends_within_seconds_and_the_worker_takes_the_next(demo_system: System) -> None:
    client = Client(demo_system)
    used = {part["version"] for run in client("/api/v1/training-runs")["results"] for part in run["inputs"]}
    checked = client("/api/v1/validation-runs?state=succeeded&page_size=100")["results"]
    # A check without the references of the demo may close a gate, and other tests train on some versions.
    version = next(one["version"] for one in checked if one["version"] not in used)
    address = f"/api/v1/dataset-versions/{version}/validate"
    run = client(address, {})["uid"]
    assert eventually(lambda: engines(demo_system, run))
    os.kill(engines(demo_system, run)[0], signal.SIGSTOP)
    begin = time.monotonic()
    client(f"/api/v1/validation-runs/{run}/cancel", {})
    assert eventually(lambda: client(f"/api/v1/validation-runs/{run}")["state"] == "cancelled", 10)
    assert time.monotonic() - begin < 10
    assert client(f"/api/v1/validation-runs/{run}")["reason"] == "cancelled"
    assert engines(demo_system, run) == []
    after = client(address, {})["uid"]
    assert eventually(lambda: client(f"/api/v1/validation-runs/{after}")["state"] == "succeeded", 60)


def engines(system: System, run: str) -> list[int]:
    """The engine process of a job: its command line ends with the uid."""
    words = system.processes().items()
    return [pid for pid, line in words if "catalog.processing.child" in line and run in line]
