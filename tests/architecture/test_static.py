"""Style, types and import contracts are part of the tests, so that one command says everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOMS, ROOT

BIN = Path(sys.executable).parent


def accept(*words: str) -> None:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(words[1:])}\n{done.stdout[-6000:]}{done.stderr[-2000:]}", pytrace=False)


def test_ruff_finds_nothing() -> None:
    accept(sys.executable, "-m", "ruff", "check", "--quiet", ".")


def test_every_file_is_formatted() -> None:
    accept(sys.executable, "-m", "ruff", "format", "--check", "--quiet", ".")


def test_types_are_strict_and_right() -> None:
    accept(sys.executable, "-m", "mypy", "--no-error-summary", *ROOMS, "manage.py")


def test_import_contracts_are_kept() -> None:
    accept(str(BIN / "lint-imports"), "--no-cache")
