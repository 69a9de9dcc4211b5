"""The examples of the documents are run as written: a block after `<!-- run -->` ends as it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, project_files

BLOCK = re.compile(r"^<!-- run(?: exit=(\d+))? -->\n```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATIENCE_SECONDS = 300
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")


@dataclass(frozen=True)
class Example:
    """One block to run: where it stands, its text, the exit status of its last command."""

    place: str
    script: str
    status: int


def examples() -> list[Example]:
    """Every block of every document, named `file#number`."""
    found = []
    for file in project_files():
        if file.suffix != ".md" or "tests" in file.parts:
            continue
        for number, block in enumerate(BLOCK.finditer(file.read_text(encoding="utf-8")), start=1):
            place = f"{file.relative_to(ROOT)}#{number}"
            found.append(Example(place, block[2], int(block[1] or 0)))
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's files without its environment: an example may write here and spoils nothing."""
    folder = tmp_path_factory.mktemp("project")
    for file in project_files():
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return folder


@pytest.mark.parametrize("example", examples(), ids=lambda example: str(example.place))
def test_an_example_of_the_documents_runs(example: Example, copy: Path, tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"GAVEL_VAR": str(tmp_path / "var"), "OUT": str(tmp_path / "out")}
    done = subprocess.run(
        ["sh", "-e", "-c", example.script],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == example.status, (done.stdout[-1500:], done.stderr[-1500:])


def test_there_are_examples_to_run() -> None:
    assert len(examples()) >= 5
