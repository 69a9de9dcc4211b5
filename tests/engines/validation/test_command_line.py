"""`manage.py validate` and `manage.py standard`: exit codes, output places, order of errors
(standard-rules §9)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from governance.validation.cli import main_standard, main_validate
from tests.engines.validation.cases import golden_folder

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
        (["--engine", "spark"], "usage"),
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
    shown = capsys.readouterr().out
    assert "example_violates" in shown
    assert "duplicates_counted_as_rows" in shown
    assert "unknown_severity" in shown
    assert main_standard(["lint", str(tmp_path / "absent.yaml")]) == 2
