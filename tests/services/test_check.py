"""`quickstart --check` drives the whole loop through the running system and says what it found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.system import ROOT, clean_environment

pytestmark = [pytest.mark.services, pytest.mark.slow]


def test_the_check_takes_data_through_the_whole_loop(tmp_path: Path) -> None:
    report = tmp_path / "check.json"
    done = subprocess.run(
        [sys.executable, "manage.py", "quickstart", "--check", "--json", str(report)],
        cwd=ROOT,
        env=clean_environment(GAVEL_VAR=str(tmp_path / "var")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    steps = json.loads(report.read_text(encoding="utf-8"))["steps"]
    assert {step["result"] for step in steps} == {"passed"}
    assert len(steps) >= 14
