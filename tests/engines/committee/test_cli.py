"""`manage.py tally`: one JSON object on standard output, exit 0, 1 or 2, without settings (§13)."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from committee.engine import InputFault, tally
from committee.engine.cli import main
from tests.engines.committee.cases import ballot, case, opening
from tests.engines.committee.test_golden import GOLDEN

ROOT = Path(__file__).resolve().parents[3]
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
        "heavy = {'django', 'torch', 'polars', 'pandera', 'celery', 'jsonschema'} & set(sys.modules);"
        "sys.exit(code if not heavy else str(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], cwd=ROOT, env={}, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


NOWHERE = {
    "DJANGO_SETTINGS_MODULE": "no.such.settings",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1",
    "GAVEL_VAR": "/nonexistent",
}


def managed(*words: str, text: bytes = b"") -> tuple[int, Any]:
    """`manage.py tally` as a process where no settings, database, broker or data folder can be had."""
    done = subprocess.run(
        [sys.executable, "manage.py", "tally", *words],
        cwd=ROOT,
        env=NOWHERE,
        input=text,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    return done.returncode, json.loads(done.stdout)


def test_runs_without_settings_database_or_broker(file: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    assert managed(str(file), "--ledger", str(ledger)) == (0, tally(DOCUMENT).output)
    assert managed("--verify", str(ledger))[0] == 0
    assert managed("-", text=json.dumps({**DOCUMENT, "now": "never"}).encode())[0] == 2


def test_the_test_vector_by_command_line(tmp_path: Path) -> None:
    (path,) = [path for path in GOLDEN if path.name.startswith("04-")]
    ledger = tmp_path / "ledger.jsonl"
    golden = json.loads(path.read_text(encoding="utf-8"))
    assert managed("-", "--ledger", str(ledger), text=json.dumps(golden["input"]).encode())[0] == 0
    head = "405c74d81d0cdb36e5ce32fe84e31b7b1517d527d0187390f893ea7be38de267"
    assert managed("--verify", str(ledger)) == (0, {"ok": True, "entries": 4, "head": head})


def test_the_ledger_is_canonical_to_the_byte() -> None:
    document = case([opening(), ballot(1, 1, "reject", rationale='理由 "a"\\\n\u2028😀')])
    lines = tally(document).ledger_bytes.split(b"\n")
    assert lines.pop() == b""
    data = '"data":{"choice":"reject","rationale":"理由 \\"a\\"\\\\\\n\u2028😀","seat":"s1"}'
    assert data.encode() in lines[1]
    for line in lines:
        again = json.dumps(json.loads(line), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert again.encode() == line


def test_what_is_printed_is_ascii_whatever_the_terminal_says(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps({**DOCUMENT, "现在": 1}), encoding="utf-8")
    words = [sys.executable, "manage.py", "tally", str(path)]
    done = subprocess.run(
        words, cwd=ROOT, env={"PYTHONIOENCODING": "ascii"}, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["path"] == "/现在"


TEXT = json.dumps(DOCUMENT)
DEEP = '"policies": ' + '{"a":' * 900 + "1" + "}" * 900
HOSTILE = {
    "deep lists": (TEXT.replace('"policies": []', f'"policies": {"[" * 90_000}'), "bad_json"),
    "deep objects": (TEXT.replace('"policies": []', DEEP), "schema"),
    "a million digits": (TEXT.replace('"level": 2', f'"level": {"9" * 10**6}'), "bad_json"),
    "infinity": (TEXT.replace('"level": 2', '"level": 1e999'), "schema"),
    "nan": (TEXT.replace('"level": 2', '"level": NaN'), "bad_json"),
    "a key twice": (TEXT.replace('"level": 2', '"level": 2, "level": 2'), "bad_json"),
    "half a surrogate": (TEXT.replace('"ranking"', r'"\ud800"'), "bad_json"),
    "half a surrogate as a key": (TEXT.replace('"purpose"', r'"\ud800": 1, "purpose"'), "bad_json"),
    "other encoding": (TEXT.encode("utf-16"), "bad_json"),
    "zeros": (b"\0" * 10_000, "bad_json"),
    "megabytes of nothing": (f"[{'0,' * 10**6}0]", "schema"),
    "two documents": (TEXT + TEXT, "bad_json"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_with_a_code(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, code = HOSTILE[name]
    path = tmp_path / "case.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main([str(path)]) == 2
    assert printed(capsys)["error"]["code"] == code


def test_a_mark_of_byte_order_is_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text(TEXT, encoding="utf-8-sig")
    assert main([str(path)]) == 0
    assert printed(capsys) == tally(DOCUMENT).output


def test_numbers_without_measure_are_computed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text(TEXT.replace('"min_open_hours": 24', f'"min_open_hours": {"9" * 4000}'))
    assert main([str(path)]) == 0
    assert printed(capsys)["closes_at"] == "9999-12-31T23:59:59Z"


def test_only_the_wrong_part_of_a_large_case_is_looked_at() -> None:
    many = [opening(), *(ballot(1, 1) for _ in range(20_000))]
    document = case(many)
    document["events"][-1]["choice"] = "perhaps"
    with pytest.raises(InputFault) as fault:
        tally(document)
    assert fault.value.path == "/events/20000/choice"
