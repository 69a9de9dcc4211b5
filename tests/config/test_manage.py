"""The command line says in one sentence what is wrong with the environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.services.system import ROOT, clean_environment


def test_a_bad_environment_is_one_sentence_not_a_traceback(tmp_path: Path) -> None:
    environment = clean_environment(GAVEL_VAR=str(tmp_path), GAVEL_UPLOAD_LIMIT="plenty")
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "gavel: GAVEL_UPLOAD_LIMIT: expected a whole number\n"


def test_missing_keys_beside_a_database_server_are_named(tmp_path: Path) -> None:
    environment = clean_environment(GAVEL_VAR=str(tmp_path), DATABASE_URL="postgresql://nowhere/gavel")
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "GAVEL_SECRET_KEY is not set" in done.stderr
