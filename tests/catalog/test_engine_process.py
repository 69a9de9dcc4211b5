"""The engine runs in a process of its own: a cancel ends it within seconds in the middle of its longest step,
and whatever it dies of, the job ends with a code and the worker goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from catalog import actions, tasks
from catalog.models import RuleOutcome, ValidationRun
from catalog.processing import child as engine_side
from catalog.processing import wire
from catalog.processing.deriving import Part
from catalog.tasks import child as worker_side
from governance import jobs
from tests.catalog.conftest import BAD, Shop
from tests.catalog.hungry import hungry

pytestmark = [pytest.mark.engine_process, pytest.mark.django_db(transaction=True)]
PATIENCE = 60.0


@pytest.fixture
def people(transactional_db: None) -> Any:
    from tests.people import make_people

    return make_people()


@pytest.fixture
def waiting(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> ValidationRun:
    """A check that is asked for; its version was read in this process, to save the time."""
    from catalog.tasks import running
    from tests.conftest import EngineHere

    with monkeypatch.context() as here:
        here.setattr(running, "Child", EngineHere)
        version = shop.version(BAD)
    return actions.validation_request(actor=shop.people.alice, version=version)


class Worker(threading.Thread):
    """Carries the job out as a worker does, in a thread with a database connection of its own."""

    def __init__(self, run: ValidationRun) -> None:
        super().__init__(daemon=True)
        self.uid = run.uid
        self.start()

    def run(self) -> None:
        try:
            tasks.validation_run(self.uid)
        finally:
            connection.close()


def engine_of(uid: str) -> int:
    """The process id of a job's engine: its command line ends with the uid."""
    for _ in range(int(PATIENCE / 0.05)):
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            except OSError:
                continue
            if uid.encode() in words and b"catalog.processing.child" in words:
                return int(entry.name)
        time.sleep(0.05)
    raise AssertionError("no engine process")


def ended(run: ValidationRun) -> ValidationRun:
    run.refresh_from_db()
    return run


def test_a_cancel_ends_an_engine_that_hears_nothing_and_says_so(shop: Shop, waiting: ValidationRun) -> None:
    worker = Worker(waiting)
    engine = engine_of(waiting.uid)
    os.kill(engine, signal.SIGSTOP)  # a step that calls nobody back
    begin = time.monotonic()
    actions.run_cancel(actor=shop.people.alice, run=ended(waiting))
    worker.join(PATIENCE)
    assert not worker.is_alive()
    assert time.monotonic() - begin < 10
    assert (ended(waiting).state, waiting.reason) == ("cancelled", "cancelled")
    assert not Path(f"/proc/{engine}").exists()
    assert not RuleOutcome.objects.exists()


def test_a_lost_lease_ends_the_engine_and_leaves_the_job_to_the_other(waiting: ValidationRun) -> None:
    worker = Worker(waiting)
    engine = engine_of(waiting.uid)
    os.kill(engine, signal.SIGSTOP)
    ValidationRun.objects.filter(pk=waiting.pk).update(attempt=2)
    worker.join(PATIENCE)
    assert not worker.is_alive()
    assert (ended(waiting).state, waiting.attempt) == ("running", 2)
    assert not Path(f"/proc/{engine}").exists()


@pytest.mark.parametrize(
    ("sign", "code"), [(signal.SIGKILL, "engine_killed"), (signal.SIGABRT, "engine_died")]
)
def test_an_engine_that_dies_ends_its_job_with_a_code(
    waiting: ValidationRun, sign: signal.Signals, code: str
) -> None:
    worker = Worker(waiting)
    os.kill(engine_of(waiting.uid), sign)
    worker.join(PATIENCE)
    assert (ended(waiting).state, waiting.reason) == ("failed", code)


def test_a_check_in_a_real_process_stores_what_it_says_and_what_it_cost(waiting: ValidationRun) -> None:
    tasks.validation_run(waiting.uid)
    assert (ended(waiting).state, waiting.verdict) == ("succeeded", "failed"), waiting.reason
    assert waiting.work["peak_bytes"] > 10**6
    assert waiting.work["cpu_seconds"] > 0


@pytest.fixture
def started() -> Iterator[list[worker_side.Child]]:
    found: list[worker_side.Child] = []
    yield found
    for one in found:
        one.close()


def last_word(child: worker_side.Child) -> tuple[Any, ...]:
    while True:
        said = child.message(PATIENCE)
        if said is not None and said[0] not in ("ready", "progress"):
            return said


def test_what_a_file_wants_of_memory_ends_the_engine_only(started: list[worker_side.Child]) -> None:
    started.append(worker_side.Child(hungry, 4 * 2**30, label="x", memory=2 * 2**30))
    try:
        word = last_word(started[0])
    except worker_side.Died as died:
        word = ("refused", died.code, {})
    assert word == ("refused", "out_of_memory", {})


def test_an_engine_ends_with_its_worker() -> None:
    ours, theirs = Pipe()
    words = [sys.executable, "-m", engine_side.__name__, str(theirs.fileno()), "0", "orphan"]
    process = subprocess.Popen(words, pass_fds=(theirs.fileno(),), cwd=worker_side.PROJECT)
    theirs.close()
    assert wire.decode(ours.recv_bytes()) == ("ready",)
    ours.send_bytes(wire.encode((("time", "sleep"), 600)))
    ours.close()
    assert process.wait(PATIENCE) == 1


def test_a_job_that_took_its_worker_down_again_and_again_is_given_up(
    waiting: ValidationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "claim", claim_of(jobs.claim))
    tasks.validation_run(waiting.uid)
    assert (ended(waiting).state, waiting.reason) == ("failed", "too_many_attempts")


def claim_of(claim: Any) -> Any:
    def sixth(model: Any, uid: str, *, worker: str) -> Any:
        model.objects.filter(uid=uid).update(attempt=5)
        return claim(model, uid, worker=worker)

    return sixth


def test_what_crosses_the_pipe_comes_back_as_it_was_and_nothing_else_crosses() -> None:
    value = {
        "a": (1, [None, True, 2.5, float("inf")], {"$": "bytes", "of": {}}),
        3: b"\x00\xff",
        "part": Part("uid", b"text\xff", "orders"),
        "path": Path("x/y"),
        "now": datetime(2026, 1, 15, tzinfo=UTC),
        "half": "\ud800",
    }
    assert wire.decode(wire.encode(value)) == value
    for strange in (object(), {1, 2}, threading.Lock()):
        with pytest.raises(TypeError):
            wire.encode(strange)


@pytest.mark.parametrize(
    ("module", "name"), [("subprocess", "Popen"), ("catalog.processing.child", "main"), ("catalog.x", "Y")]
)
def test_an_engine_cannot_make_the_worker_build_or_call_anything_else(module: str, name: str) -> None:
    sent = json.dumps({"$": "data", "module": module, "name": name, "of": {"args": "id"}}).encode()
    with pytest.raises((ValueError, ImportError)):
        wire.decode(sent)
