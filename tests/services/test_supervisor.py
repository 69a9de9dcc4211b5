"""The quickstart with its real programs: it comes up, survives kill -9 of any part, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.system import ROOT, System, clean_environment, eventually

pytestmark = [pytest.mark.services, pytest.mark.slow]

PARTS = {
    "valkey-server": 1,
    "gunicorn": 3,
    "worker -Q default": 2,
    "worker -Q quality": 3,
    "worker -Q gpu": 2,
    "celery -A config.celery beat": 1,
}
"""Part of a command line -> how many processes carry it: leaders with their pool."""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    running = System(tmp_path_factory.mktemp("quickstart") / "var", "--no-demo")
    running.start()
    yield running
    running.stop()


def of_part(system: System, part: str) -> list[int]:
    return sorted(pid for pid, words in system.processes().items() if part in words)


def test_every_part_is_up_and_the_password_was_shown_once(system: System) -> None:
    assert eventually(lambda: {part: len(of_part(system, part)) for part in PARTS} == PARTS)
    assert system.answers()
    assert system.said().count("with the password") == 1


def test_keys_and_broker_are_private(system: System) -> None:
    for name in ("secret_key", "permit_keys.json"):
        assert stat.S_IMODE((system.data / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(system.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((system.data / "valkey.sock").stat().st_mode) == 0o700


def test_a_second_quickstart_on_the_same_folder_is_refused(system: System) -> None:
    second = subprocess.run(
        [sys.executable, "manage.py", "quickstart", "--no-demo"],
        cwd=ROOT,
        env={**clean_environment(), "GAVEL_VAR": str(system.data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert system.answers()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_killed_is_started_again(system: System, part: str) -> None:
    before = of_part(system, part)
    leader = next(pid for pid in before if os.getsid(pid) == pid)
    os.kill(leader, signal.SIGKILL)
    assert eventually(
        lambda: len(of_part(system, part)) == PARTS[part] and not set(of_part(system, part)) & set(before)
    ), f"before {before}, now {system.processes()}\n{system.said()}"
    assert eventually(system.answers)


def test_the_second_start_prepares_nothing_again_and_shows_no_password(system: System) -> None:
    assert system.stop() == 0
    assert system.processes() == {}
    system.start()
    assert "password" not in system.said()
    assert "collected" not in system.said()
    assert system.answers()


def test_nothing_outlives_a_killed_supervisor(system: System) -> None:
    assert system.process is not None
    system.process.kill()
    system.process.wait()
    assert eventually(lambda: system.processes() == {}), system.processes()
    system.start()
    assert system.answers()


def test_a_web_process_stays_small(system: System) -> None:
    """150 MB: what the console may take of a small machine (resident set of one process)."""
    pages = ("/accounts/sign-in/", "/healthz")
    assert all(system.answers() for _ in pages)
    sizes = [resident(pid) for pid in of_part(system, "gunicorn")]
    assert max(sizes) <= 150 * 2**20


def resident(pid: int) -> int:
    """Bytes of memory a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
