"""One installation that `quickstart --check` took through the loop, to look at or to break."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services.system import ROOT, System, clean_environment

SAID_PASSWORD = re.compile(r"with the password (\S+)")


@dataclass(frozen=True)
class Checked:
    """What the check left behind: its data folder, exit code, words, table, and the people's password."""

    data: Path
    code: int
    said: str
    steps: list[dict[str, Any]]
    password: str


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """The check, run once and undisturbed."""
    folder = tmp_path_factory.mktemp("check")
    report = folder / "check.json"
    done = subprocess.run(
        [sys.executable, "manage.py", "quickstart", "--check", "--json", str(report)],
        cwd=ROOT,
        env=clean_environment(GAVEL_VAR=str(folder / "var")),
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    steps = json.loads(report.read_text(encoding="utf-8"))["steps"] if report.exists() else []
    found = SAID_PASSWORD.search(said)
    return Checked(folder / "var", done.returncode, said, steps, found[1] if found else "")


@pytest.fixture(scope="session")
def demo_system(checked: Checked) -> Iterator[System]:
    """The installation of the check, started again and running."""
    assert checked.code == 0, checked.said[-4000:]
    running = System(checked.data)
    running.start()
    yield running
    running.stop()
