"""`manage.py validate` and `manage.py standard`: exit codes, output places, order of errors
(standard-rules §9)."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from governance.validation.cli import main_standard, main_validate, write_out
from governance.validation.errors import MESSAGES, EngineError
from governance.validation.language import reader_language
from governance.validation.progress import progress_bar
from governance.validation.terminal import columns_of, wrapped
from tests.engines.validation.cases import REPO, golden_folder

NOW = "2026-01-15T00:00:00Z"


def call(capsys: Any, *words: str) -> tuple[int, Any]:
    code = main_validate([*words, "--now", NOW])
    return code, json.loads(capsys.readouterr().out)


def case(name: str) -> list[str]:
    folder = golden_folder() / name
    return [str(next(folder.glob("data.*"))), "--standard", str(folder / "standard.odcs.yaml")]


def test_exit_codes_follow_the_verdict(capsys: Any) -> None:
    assert call(capsys, *case("all_good"))[0] == 0
    assert call(capsys, *case("unique_single"))[0] == 1
    code, shown = call(capsys, *case("reference_missing"))
    assert (code, shown["verdict"]) == (1, "errored")
    code, shown = call(capsys, *case("error_empty_file"))
    assert (code, shown["error"]["code"]) == (2, "empty_file")


def test_the_report_goes_to_the_file_named(capsys: Any, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert main_validate([*case("all_good"), "--now", NOW, "--json", str(out)]) == 0
    assert json.loads(out.read_text())["verdict"] == "passed"
    assert "verdict passed" in capsys.readouterr().out
    assert main_validate([*case("error_empty_file"), "--json", str(out)]) == 2
    assert json.loads(out.read_text())["error"]["code"] == "empty_file"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], "usage"),
        (["--nonsense"], "usage"),
        (["--samples", "-1"], "usage"),
        (["--samples", "many"], "usage"),
        (["--engine", "duckdb"], "usage"),
        (["--reference", "nothing"], "usage"),
        (["--now", "yesterday"], "usage"),
        (["--previous", "a", "--first-version"], "usage"),
        (["--waivers", "/nowhere.json"], "usage"),
        (["--object", "other"], "object_unknown"),
        (["--reference", "r=/nowhere.csv"], "reference_not_found"),
        (["--previous", "/nowhere.csv"], "previous_not_found"),
    ],
)
def test_bad_usage_is_an_error_with_a_code(capsys: Any, words: list[str], code: str) -> None:
    line = [*case("all_good"), *words] if words else ["x"]
    assert main_validate(line) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


def test_errors_of_the_standard_come_before_errors_of_the_data(capsys: Any, tmp_path: Path) -> None:
    standard = case("error_unknown_kind")[2]
    code, shown = call(capsys, str(tmp_path / "absent.csv"), "--standard", standard)
    assert (code, shown["error"]["code"]) == (2, "parameter_invalid")
    code, shown = call(capsys, str(tmp_path / "absent.csv"), "--standard", case("all_good")[2])
    assert (code, shown["error"]["code"]) == (2, "data_not_found")
    code, shown = call(capsys, case("all_good")[0], "--standard", str(tmp_path / "absent.yaml"))
    assert (code, shown["error"]["code"]) == (2, "standard_not_found")


def test_references_and_waivers_are_read_from_the_command_line(capsys: Any) -> None:
    folder = golden_folder() / "foreign_key"
    code, shown = call(
        capsys, *case("foreign_key"), "--reference", f"customers={folder / 'ref_customers.csv'}"
    )
    assert code == 1
    assert shown["references"]["customers"]["rows"] > 0
    _, shown = call(capsys, *case("waiver"), "--waivers", str(golden_folder() / "waiver" / "waivers.json"))
    assert shown["counts"]["waived"] == 1
    assert [item["code"] for item in shown["warnings"] if item["code"].startswith("waiver")] == [
        "waiver_expired"
    ]


def test_export_odcs_returns_the_same_bytes(capfdbinary: Any) -> None:
    path = Path(case("score")[2])
    assert main_standard(["export", str(path), "--format", "odcs"]) == 0
    assert capfdbinary.readouterr().out == path.read_bytes()


def test_lint_names_examples_that_break_a_rule(capsys: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
        "schema:\n- name: data\n  properties:\n  - name: a\n    logicalType: integer\n"
        "    logicalTypeOptions: {minimum: 5}\n    examples: [7, 3]\n"
        "    quality:\n    - {type: library, metric: duplicateValues, mustBeLessThan: 3, severity: shrug}\n"
    )
    assert main_standard(["lint", str(path)]) == 0
    assert main_standard(["lint", str(path), "--strict"]) == 1
    shown = capsys.readouterr().out
    assert "example_violates" in shown
    assert "duplicates_counted_as_rows" in shown
    assert "unknown_severity" in shown
    assert main_standard(["lint", str(tmp_path / "absent.yaml")]) == 2


SCHEMA = Draft202012Validator(
    json.loads((REPO / "governance/validation/schemas/validation-report.schema.json").read_text())
)
HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
ONE = HEAD + "schema:\n- {name: data, properties: [{name: a, logicalType: integer}, {name: b}]}\n"
TWO = HEAD + "schema:\n- {name: one, properties: [{name: a}]}\n- {name: two, properties: [{name: a}]}\n"
CELL = "SECRET4711"
CLEANING = {"row_balance", "recipe_not_found", "recipe_invalid"}
"""Codes of `clean`, tested with it."""
REFUSALS: list[tuple[str, bytes | None, str | None, list[str]]] = [
    ("usage", b"a,b\n1,2\n", ONE, ["--samples", "-1"]),
    ("data_not_found", None, ONE, []),
    ("data_unreadable", f'a,b\n1,"{CELL}"x\n'.encode(), ONE, []),
    ("empty_file", b"", ONE, []),
    ("bad_encoding", f"a,b\n1,{CELL}".encode() + b"\xff\n", ONE, []),
    ("duplicate_columns", f"a,a\n1,{CELL}\n".encode(), ONE, []),
    ("ragged_rows", f"a,b\n1,{CELL}\n3\n".encode(), ONE, []),
    ("wrong_delimiter", f"a;b\n1;{CELL}\n".encode(), ONE, []),
    ("standard_not_found", b"a,b\n", None, []),
    ("standard_invalid", b"a,b\n", HEAD + "colour: red\n", []),
    ("standard_unsupported_version", b"a,b\n", "apiVersion: v2.2.2\n", []),
    ("object_ambiguous", b"a,b\n", TWO, []),
    ("object_unknown", b"a,b\n", ONE, ["--object", "three"]),
    ("reference_not_found", b"a,b\n", ONE, ["--reference", "r=/nowhere.csv"]),
    ("previous_not_found", b"a,b\n", ONE, ["--previous", "/nowhere.csv"]),
    (
        "parameter_invalid",
        b"a,b\n",
        ONE.replace(
            "{name: b}",
            "{name: b, quality: [{type: custom, engine: gavel, implementation: {kind: nothing}}]}",
        ),
        [],
    ),
    (
        "unknown_column",
        b"a,b\n",
        ONE.replace("name: data", "name: data, customProperties: [{property: gavelKey, value: [c]}]"),
        [],
    ),
]


def test_every_error_code_of_the_specification_is_tried() -> None:
    assert {code for code, *_ in REFUSALS} == set(MESSAGES) - CLEANING


@pytest.mark.parametrize(("code", "data", "standard", "more"), REFUSALS, ids=[item[0] for item in REFUSALS])
def test_an_error_is_told_in_both_languages_and_shows_no_cell(
    capsys: Any, tmp_path: Path, code: str, data: bytes | None, standard: str | None, more: list[str]
) -> None:
    if data is not None:
        (tmp_path / "data.csv").write_bytes(data)
    if standard is not None:
        (tmp_path / "s.yaml").write_text(standard)
    status = main_validate([str(tmp_path / "data.csv"), "--standard", str(tmp_path / "s.yaml"), *more])
    printed = capsys.readouterr()
    shown = json.loads(printed.out)
    SCHEMA.validate(shown)
    assert (status, shown["error"]["code"]) == (2, code)
    assert shown["error"]["message_en"].isascii()
    assert any("\u4e00" <= char <= "\u9fff" for char in shown["error"]["message_zh"])
    assert CELL not in printed.out + printed.err


def test_messages_name_column_count_and_threshold_but_no_cell(capsys: Any, tmp_path: Path) -> None:
    standard = ONE.replace(
        "{name: b}",
        "{name: b, quality: [{type: custom, engine: gavel, severity: major, implementation: {kind: length,"
        " max: 3, tolerance: {percent: 10}}}, {metric: missingValues, mustBeLessThan: 1}]}",
    )
    (tmp_path / "s.yaml").write_text(standard)
    (tmp_path / "data.csv").write_text(f"a,b\n1,{CELL}\n2,\n")
    code, shown = call(capsys, str(tmp_path / "data.csv"), "--standard", str(tmp_path / "s.yaml"))
    assert code == 1
    rules = {rule["id"]: rule for rule in shown["rules"]}
    for word in ("b", "3", "1 of 1", "10%"):
        assert word in rules["b.length"]["message_en"]
    for word in ("b", "3", "1 行", "10%"):
        assert word in rules["b.length"]["message_zh"]
    assert rules["b.missing_values"]["message_en"] == (
        "b holds a value: 1 of 2 rows fail, the number must be less than 1."
    )
    assert rules["b.missing_values"]["message_zh"].endswith("2 行中有 1 行不符，行数须小于 1。")
    texts = [text for rule in shown["rules"] for text in (rule["message_en"], rule["message_zh"])]
    assert not any(CELL in text for text in texts)


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, **environ: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "GAVEL_LANG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": str(columns), "TERM": "xterm", **environ}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)


def test_a_person_at_a_terminal_gets_a_coloured_table_in_their_language(
    capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "一个很长的列名称" * 4
    quality = "quality: [{metric: missingValues, mustBe: 0}, {type: text, description: x}]"
    column = f"{{name: {long}, physicalName: b, {quality}}}"
    (tmp_path / "s.yaml").write_text(ONE.replace("{name: b}", column), encoding="utf-8")
    (tmp_path / "data.csv").write_text("a,b\n1,\n2,x\n")
    line = [str(tmp_path / "data.csv"), "--standard", str(tmp_path / "s.yaml"), "--now", NOW]
    at_a_terminal(monkeypatch, 90, LANG="zh_CN.UTF-8")
    assert main_validate(line) == 1
    chinese = capsys.readouterr().out
    joined = chinese.replace("\n  ", "")
    assert "\x1b[31m" in chinese
    for word in ("规则", "未通过", "2 行中有 1 行不符", "准入", ".text (文字说明)", "…"):
        assert word in joined
    at_a_terminal(monkeypatch, 90, LANG="zh_CN.UTF-8", GAVEL_LANG="en", NO_COLOR="1")
    assert main_validate(line) == 1
    english = capsys.readouterr().out
    joined = english.replace("\n  ", " ")
    assert "\x1b" not in english
    for word in ("rule", "1 of 2 rows fail", "verdict failed   gate", ".text (text)"):
        assert word in joined
    for shown in (chinese, english):
        plain = [
            row.replace("\x1b[31m", "").replace("\x1b[32m", "").replace("\x1b[0m", "")
            for row in shown.splitlines()
        ]
        assert max(map(columns_of, plain)) <= 90
    assert main_validate([*line[:1], "--standard", str(tmp_path / "none.yaml")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("standard_not_found: The standard does not exist.")
    assert main_validate([*line, "--json", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "failed"


def test_lines_break_between_wide_characters_and_never_before_a_full_stop() -> None:
    assert wrapped("很长的一句话。" * 5, 40) == [
        "很长的一句话。" * 2 + "很长的一句",
        "话。" + "很长的一句话。" * 2,
    ]
    assert wrapped("word " * 20, 40) == [("word " * 8).strip(), ("word " * 8).strip(), ("word " * 4).strip()]


def test_the_language_is_that_of_gavel_lang_or_the_locale() -> None:
    assert reader_language({}) == "en"
    assert reader_language({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert reader_language({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}) == "en"
    assert reader_language({"LANG": "de_DE", "GAVEL_LANG": "zh-Hans"}) == "zh"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_to_a_person_only() -> None:
    with progress_bar(io.StringIO(), "en") as nobody:
        assert nobody is None
    screen = Screen()
    with progress_bar(screen, "zh", delay=0) as heard:
        assert heard is not None
        for done in range(1, 4):
            heard(0.1 * done, "rows", 500_000 * done)
            time.sleep(0.15)
        heard(0.9, "samples")
        time.sleep(0.15)
    for word in ("读取", "行/秒", "逐行检查", "抽取样例", "90%"):
        assert word in screen.getvalue()


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report.json"
    write_out(str(out), "old")
    (tmp_path / "link.json").symlink_to(out)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", full)
        with pytest.raises(EngineError) as refusal:
            write_out(str(out), "new")
    assert (refusal.value.code, out.read_text()) == ("usage", "old")
    write_out(str(tmp_path / "link.json"), "new")
    assert (tmp_path / "link.json").is_symlink()
    assert out.read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "report.json"]
    assert (
        main_validate([*case("all_good"), "--now", NOW, "--json", str(tmp_path / "no" / "where.json")]) == 2
    )


def test_lint_speaks_to_people_and_to_programs(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    standard = case("score")[2]
    monkeypatch.setenv("GAVEL_LANG", "zh")
    assert main_standard(["lint", standard]) == 0
    assert "条警告" in capsys.readouterr().out
    assert main_standard(["lint", standard, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["warnings"] == 0
    assert shown["objects"][0]["rules"] > 0
    assert main_standard(["lint", "/nowhere.yaml", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "standard_not_found"
    with pytest.raises(SystemExit):
        main_standard(["lint", "--help"])
    assert "退出码" in capsys.readouterr().out


PROBE = """
import sys
sys.argv = ["manage.py"]
import manage
status = manage.main(sys.argv[1:] + WORDS)
heavy = {"django", "pandera", "pandas", "torch", "config.settings", "tqdm", "duckdb"} & set(sys.modules)
print("\\n" + repr((status, sorted(heavy), "polars" in sys.modules)))
"""


def test_it_runs_anywhere_without_settings_and_loads_only_what_it_needs(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir(mode=0o555)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPO), "PYTHONDONTWRITEBYTECODE": "1"}
    good = ["validate", *case("all_good"), "--now", NOW]
    runs: list[tuple[list[str], tuple[int, list[str], bool]]] = [
        (good, (0, [], True)),
        (["validate", "--nonsense"], (2, [], False)),
    ]
    for line, expected in runs:
        done = subprocess.run(
            [sys.executable, "-c", PROBE.replace("WORDS", repr(line))],
            cwd=nowhere,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        assert done.stdout.splitlines()[-1] == repr(expected), done.stdout[-500:]
    assert list(nowhere.iterdir()) == []
    # a reader who has seen enough is no error
    script = f"{sys.executable} {REPO}/manage.py {' '.join(good)} | head -c 5"
    done = subprocess.run(
        ["bash", "-c", f"{script}; printf '\\n%s' ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    assert (done.stdout.split()[-1], done.stderr) == ("0", "")


def test_an_interrupt_ends_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / "s.yaml").write_text(ONE)
    (tmp_path / "data.csv").write_bytes(b"a,b\n" + b"1234567,some text of a cell\n" * 1_500_000)
    line = [str(REPO / "manage.py"), "validate", "data.csv", "--standard", "s.yaml", "--json", "out.json"]
    with subprocess.Popen(
        [sys.executable, *line],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(scratch), "GAVEL_LANG": "en"},
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        deadline = time.monotonic() + 60
        while not list(scratch.iterdir()) and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert (running.returncode, told) == (130, "Interrupted.\n")
    assert list(scratch.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "s.yaml", "scratch"]
