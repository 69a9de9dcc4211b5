"""`manage.py tally`: one JSON object on standard output, exit 0, 1 or 2, without settings (§13)."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from committee.engine import tally
from committee.engine.cli import main
from tests.engines.committee.cases import ballot, case, opening

DOCUMENT = case([opening(), ballot(1, 1), ballot(2, 2, "reject", rationale="理由")])


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return path


def test_prints_the_result_and_writes_the_ledger(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    assert main([str(file), "--ledger", str(ledger)]) == 0
    assert printed(capsys) == tally(DOCUMENT).output
    assert main(["--verify", str(ledger)]) == 0
    assert printed(capsys) == {"ok": True, "entries": 3, "head": tally(DOCUMENT).ledger[-1]["hash"]}


def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def given(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    given(json.dumps(DOCUMENT).encode())
    assert main(["-"]) == 0
    assert printed(capsys)["case"] == "case-1"
    given(tally(DOCUMENT).ledger_bytes)
    assert main(["--verify", "-"]) == 0
    assert printed(capsys)["entries"] == 3


def test_a_changed_ledger_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_bytes(tally(DOCUMENT).ledger_bytes.replace(b'"choice":"reject"', b'"choice":"approve"'))
    assert main(["--verify", str(ledger)]) == 1
    assert printed(capsys) == {"ok": False, "entry": 3, "code": "bad_hash"}


def test_bad_input_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text("{")
    assert main([str(path)]) == 2
    assert printed(capsys)["error"]["code"] == "bad_json"
    path.write_text("{}")
    assert main([str(path)]) == 2
    assert printed(capsys)["error"]["path"] == "/spec"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["missing.json"],
        ["--verify", "missing.jsonl"],
        ["a", "--verify", "b"],
        ["--verify", "b", "--ledger", "c"],
    ],
)
def test_wrong_arguments_are_two_without_output(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err


def test_no_result_without_the_ledger_that_was_asked_for(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file), "--ledger", str(tmp_path / "nowhere" / "ledger.jsonl")]) == 2
    assert capsys.readouterr().out == ""


def test_needs_neither_settings_nor_django(file: Path) -> None:
    code = (
        "import sys; from committee.engine.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'django', 'torch', 'polars', 'pandera', 'celery'} & set(sys.modules);"
        "sys.exit(code if not heavy else str(heavy))"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], cwd=root, env={}, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
