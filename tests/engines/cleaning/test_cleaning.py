"""Cleaning as a whole: nothing is lost, nothing half-written, bad recipes are named."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.processing import cleaning
from catalog.processing.cleaning import CleaningRequest, CleaningStopped, clean
from catalog.processing.cli import main_clean
from catalog.processing.quarantine import read_levels
from catalog.processing.recipe import parse_recipe
from catalog.processing.steps import base
from governance.validation.errors import EngineError
from governance.validation.standard import compile_standard, load

REPO = Path(__file__).parents[3]
SCHEMA = json.loads((REPO / "catalog/processing/schemas/cleaning-report.schema.json").read_text())
NOW = datetime(2026, 1, 15, tzinfo=UTC)
HEAD = "recipe: v1\nid: r\nversion: 1.0.0\nsteps:\n"
STEPS = """\
- {id: tidy, kind: trim, columns: [name]}
- {id: twice, kind: drop_exact_duplicates}
- {id: price, kind: cast, columns: [price], type: number}
- {id: key, kind: dedupe_by_key, key: [id]}
"""
DATA = "id,name,price\n1, a ,5\n1,a,5\n2,b,x\n1,c,7\n3,d,\n"
STANDARD = """\
apiVersion: v3.1.0
kind: DataContract
id: items
version: 1.0.0
status: active
schema:
- name: data
  properties:
  - {name: id, logicalType: string, required: true, classification: public}
  - {name: name, logicalType: string}
  - name: price
    logicalType: number
    logicalTypeOptions: {minimum: 6}
"""


def request(tmp_path: Path, data: str = DATA, steps: str = STEPS) -> CleaningRequest:
    """A request over a small file."""
    source = tmp_path / "data.csv"
    source.write_text(data, encoding="utf-8")
    return CleaningRequest(source, parse_recipe((HEAD + steps).encode()), tmp_path / "out", NOW)


def leftovers(tmp_path: Path) -> list[str]:
    """What lies beside the input."""
    return sorted(entry.name for entry in tmp_path.iterdir() if entry.suffix not in (".csv", ".yaml"))


def test_the_report_fits_its_schema_and_balances(tmp_path: Path) -> None:
    report = clean(request(tmp_path))
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    jsonschema.validate(written, SCHEMA)
    assert written == report.document
    assert (report.rows_in, report.rows_out, report.rows_quarantined) == (5, 2, 3)
    assert [(step.rows_in, step.rows_out) for step in report.steps] == [(5, 5), (5, 4), (4, 3), (3, 2)]
    assert leftovers(tmp_path) == ["out"]


def test_running_twice_gives_equal_digests(tmp_path: Path) -> None:
    first = clean(request(tmp_path)).document
    second = clean(replace(request(tmp_path), out=tmp_path / "again")).document
    for part in ("data", "output", "quarantine"):
        assert first[part]["digest"] == second[part]["digest"]


def test_a_recipe_that_removes_nothing_has_an_empty_quarantine(tmp_path: Path) -> None:
    report = clean(request(tmp_path, steps="- {id: t, kind: trim, columns: [name]}\n"))
    empty = pl.read_parquet(report.quarantine_path)
    assert empty.height == 0
    assert empty.columns == ["id", "name", "price", "_gavel_row", "_gavel_step", "_gavel_reason"]


def test_big_tables_are_spooled_with_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = clean(request(tmp_path)).document
    monkeypatch.setattr(cleaning, "IN_MEMORY_ROWS", 1)
    spooled = clean(replace(request(tmp_path), out=tmp_path / "again")).document
    assert small["output"]["digest"] == spooled["output"]["digest"]
    assert small["steps"] == spooled["steps"]


def test_a_lost_row_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = base.rewritten

    def loses_one(*arguments: object, **named: object) -> base.Draft:
        draft = right(*arguments, **named)  # type: ignore[arg-type]
        return replace(draft, frame=draft.frame.slice(1))

    monkeypatch.setattr("catalog.processing.steps.text.rewritten", loses_one)
    with pytest.raises(EngineError) as refused:
        clean(request(tmp_path))
    assert refused.value.code == "row_balance"
    assert leftovers(tmp_path) == []


def test_a_stop_publishes_nothing(tmp_path: Path) -> None:
    seen: list[str] = []
    with pytest.raises(CleaningStopped):
        clean(
            request(tmp_path),
            progress=lambda done, total, step: seen.append(f"{done}/{total} {step}"),
            cancelled=lambda: len(seen) == 2,
        )
    assert seen == ["0/4 tidy", "1/4 twice"]
    assert leftovers(tmp_path) == []


def test_an_output_folder_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(EngineError) as refused:
        clean(request(tmp_path))
    assert refused.value.code == "usage"
    assert (tmp_path / "out" / "mine").read_text() == "x"


def test_a_kill_in_the_middle_leaves_no_output(tmp_path: Path) -> None:
    wanted = request(tmp_path)
    program = (
        "import sys, time\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from catalog.processing.cleaning import CleaningRequest, clean\n"
        "from catalog.processing.recipe import parse_recipe\n"
        "def stay(done, total, step):\n"
        "    if done == 3:\n"
        "        print('there', flush=True)\n"
        "        time.sleep(60)\n"
        "recipe = parse_recipe(sys.argv[3].encode())\n"
        "clean(CleaningRequest(Path(sys.argv[1]), recipe, Path(sys.argv[2]), datetime.now(UTC)), stay)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(wanted.data), str(wanted.out), HEAD + STEPS],
        cwd=REPO,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "there\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert not wanted.out.exists()
    assert clean(wanted).rows_out == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["", "1", "2", " 2", "x"]),
            st.sampled_from(["", "a", "A ", "2026-01-01", "1/2/2026"]),
        ),
        max_size=12,
    ),
    kinds=st.lists(st.integers(0, 6), min_size=1, max_size=5),
)
def test_rows_in_equal_rows_out_plus_quarantined(
    tmp_path: Path, rows: list[tuple[str, str]], kinds: list[int]
) -> None:
    menu = [
        "kind: trim, columns: [a, b]",
        "kind: drop_exact_duplicates",
        "kind: dedupe_by_key, key: [a], keep: last",
        "kind: parse_dates, columns: [b], formats: [yyyy-MM-dd, d/M/yyyy]",
        "kind: drop_rows, where: {column: a, op: eq, value: 1}",
        "kind: map_values, columns: [a], map: {1: one}, unmatched: quarantine",
        "kind: cast, columns: [a], type: integer, on_error: quarantine",
    ]
    steps = "".join(f"- {{id: s{place}, {menu[kind]}}}\n" for place, kind in enumerate(kinds))
    data = "a,b\n" + "".join(f'"{a}","{b}"\n' for a, b in rows)
    folder = tmp_path / str(time.monotonic_ns())
    folder.mkdir()
    report = clean(request(folder, data, steps))
    assert report.rows_in == len(rows) == report.rows_out + report.rows_quarantined
    quarantine = pl.read_parquet(report.quarantine_path)
    originals = [(a or None, b or None) for a, b in rows]
    assert all(originals[row - 1] == (a, b) for a, b, row, _, _ in quarantine.iter_rows())
    jsonschema.validate(dict(report.document), SCHEMA)


def test_quarantine_columns_have_levels(tmp_path: Path) -> None:
    steps = """\
- {id: m, kind: mask, columns: [name], method: redact}
- {id: n, kind: rename, map: {price: cost}}
- {id: d, kind: drop_columns, columns: [cost]}
- {id: k, kind: dedupe_by_key, key: [id]}
"""
    data = "id,name,price,note,free\n1,a,5,,x\n1,b,6,call 13812345678,y\n"
    standard = compile_standard(load(STANDARD.encode()))
    report = clean(replace(request(tmp_path, data, steps), standard=standard))
    levels = {"id": 1, "name": 4, "price": 4, "note": 3, "free": 2}
    assert dict(report.levels) == levels
    assert dict(read_levels(report.quarantine_path)) == levels


BAD_RECIPES = {
    "no recipe word": "id: r\nversion: 1\nsteps: [{id: a, kind: trim, columns: [x]}]",
    "unknown key": "recipe: v1\nid: r\nversion: 1\nkey: s\nsteps: [{id: a, kind: trim, columns: [x]}]",
    "not yaml": "recipe: [",
    "no steps": "recipe: v1\nid: r\nversion: 1\nsteps: []",
    "standard above": HEAD.replace("steps:", "standard: ../s.yaml\nsteps:")
    + "- {id: a, kind: trim, columns: [x]}",
    "standard absolute": HEAD.replace("steps:", "standard: /s.yaml\nsteps:")
    + "- {id: a, kind: trim, columns: [x]}",
    "same id": HEAD + "- {id: a, kind: trim, columns: [x]}\n- {id: a, kind: trim, columns: [x]}",
    "unknown kind": HEAD + "- {id: a, kind: exec, columns: [x]}",
    "unknown parameter": HEAD + "- {id: a, kind: trim, columns: [x], sides: both}",
    "no columns": HEAD + "- {id: a, kind: trim}",
    "reserved column": HEAD + "- {id: a, kind: trim, columns: [_gavel_row]}",
    "bad form": HEAD + "- {id: a, kind: normalise_unicode, columns: [x], form: XX}",
    "bad case": HEAD + "- {id: a, kind: case, columns: [x], to: title}",
    "bad date letters": HEAD + "- {id: a, kind: parse_dates, columns: [x], formats: [yy-MM-dd]}",
    "bad zone": HEAD + "- {id: a, kind: parse_dates, columns: [x], formats: [yyyy-MM-dd], timezone: Mars/X}",
    "bad type": HEAD + "- {id: a, kind: cast, columns: [x], type: money}",
    "bad width": HEAD + "- {id: a, kind: cast, columns: [x], type: integer, format: i7}",
    "by without min": HEAD + "- {id: a, kind: dedupe_by_key, key: [x], by: y}",
    "max without by": HEAD + "- {id: a, kind: dedupe_by_key, key: [x], keep: max}",
    "two fillings": HEAD + "- {id: a, kind: fill, columns: [x], value: 1, from: y}",
    "empty filling": HEAD + "- {id: a, kind: fill, columns: [x], value: ''}",
    "reference is a path": HEAD
    + "- {id: a, kind: map_values, columns: [x], reference: ../etc/passwd, from: k, to: v}",
    "rule and where": HEAD + "- {id: a, kind: drop_rows, rule: r, where: {column: x, op: is_missing}}",
    "hash without key": HEAD + "- {id: a, kind: mask, columns: [x], method: hash}",
    "partial without n": HEAD + "- {id: a, kind: mask, columns: [x], method: partial}",
    "key in recipe": HEAD + "- {id: a, kind: mask, columns: [x], method: hash, key: secret}",
    "no bound": HEAD + "- {id: a, kind: clip, columns: [x]}",
    "look-around": HEAD + "- {id: a, kind: split, column: x, pattern: '(?=a)(?P<n>b)'}",
    "bad factor": HEAD + "- {id: a, kind: convert_unit, columns: [x], factor: inf}",
    "rename to one": HEAD + "- {id: a, kind: rename, map: {x: z, y: z}}",
}


@pytest.mark.parametrize("name", BAD_RECIPES)
def test_bad_recipes_are_refused_before_any_data(name: str) -> None:
    with pytest.raises(EngineError) as refused:
        parse_recipe(BAD_RECIPES[name].encode())
    assert refused.value.code == "recipe_invalid"
    jsonschema.validate(refused.value.as_dict(), SCHEMA)


BAD_RUNS: dict[str, tuple[str, str]] = {
    "unknown column": ("- {id: a, kind: trim, columns: [nope]}", "unknown_column"),
    "unknown column in where": (
        "- {id: a, kind: drop_rows, where: {column: nope, op: is_missing}}",
        "unknown_column",
    ),
    "bad predicate": (
        "- {id: a, kind: drop_rows, where: {column: id, op: like, value: x}}",
        "parameter_invalid",
    ),
    "rule without standard": ("- {id: a, kind: drop_rows, rule: id.unique}", "recipe_invalid"),
    "no such reference": (
        "- {id: a, kind: map_values, columns: [id], reference: codes, from: k, to: v}",
        "reference_not_found",
    ),
    "no such key": ("- {id: a, kind: mask, columns: [id], method: hash, key_ref: k9}", "recipe_invalid"),
    "name taken": ("- {id: a, kind: merge, columns: [id], separator: '', into: name}", "recipe_invalid"),
    "every column": ("- {id: a, kind: drop_columns, columns: [id, name, price]}", "recipe_invalid"),
    "filling of another type": (
        "- {id: a, kind: cast, columns: [id], type: integer}\n- {id: b, kind: fill, columns: [id], value: x}",
        "recipe_invalid",
    ),
}


@pytest.mark.parametrize("name", BAD_RUNS)
def test_a_refused_run_leaves_nothing(name: str, tmp_path: Path) -> None:
    steps, code = BAD_RUNS[name]
    with pytest.raises(EngineError) as refused:
        clean(request(tmp_path, steps=steps + "\n"))
    assert refused.value.code == code
    assert leftovers(tmp_path) == []


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., tuple[int, dict[str, object]]]:
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(HEAD + STEPS, encoding="utf-8")
    (tmp_path / "standard.yaml").write_text(STANDARD, encoding="utf-8")

    def call(*words: str) -> tuple[int, dict[str, object]]:
        answer = tmp_path / "answer.json"
        code = main_clean([word.replace("@", f"{tmp_path}/") for word in words] + ["--json", str(answer)])
        document = json.loads(answer.read_text())
        jsonschema.validate(document, SCHEMA)
        return code, document

    return call


def test_the_command_cleans(command: Callable[..., tuple[int, dict[str, object]]]) -> None:
    code, document = command("@data.csv", "--recipe", "@recipe.yaml", "--out", "@out")
    assert (code, document["rows_out"], document["validation"]) == (0, 2, None)


def test_the_command_says_when_the_output_fails_the_standard(
    command: Callable[..., tuple[int, dict[str, object]]],
) -> None:
    code, document = command(
        "@data.csv", "--recipe", "@recipe.yaml", "--out", "@out", "--standard", "@standard.yaml"
    )
    assert code == 1
    validation = document["validation"]
    assert isinstance(validation, dict)
    assert (validation["verdict"], validation["gate"]) == ("failed", "conditional")


def test_rows_a_rule_fails_go_to_quarantine(
    command: Callable[..., tuple[int, dict[str, object]]], tmp_path: Path
) -> None:
    steps = "".join(f"- {{id: {rule}, kind: drop_rows, rule: price.{rule}}}\n" for rule in ("range", "dtype"))
    head = HEAD.replace("steps:", "standard: standard.yaml\nsteps:")
    (tmp_path / "recipe.yaml").write_text(head + steps, encoding="utf-8")
    code, document = command("@data.csv", "--recipe", "@recipe.yaml", "--out", "@out")
    assert (code, document["rows_out"]) == (0, 2)
    reasons = pl.read_parquet(tmp_path / "out" / "quarantine.parquet")["_gavel_reason"].to_list()
    assert reasons == ["rule:price.range", "rule:price.range", "rule:price.dtype"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["@data.csv"], "usage"),
        (["@data.csv", "--recipe", "@nope.yaml", "--out", "@out"], "recipe_not_found"),
        (["@nope.csv", "--recipe", "@recipe.yaml", "--out", "@out"], "data_not_found"),
        (
            ["@data.csv", "--recipe", "@recipe.yaml", "--out", "@out", "--standard", "@no.yaml"],
            "standard_not_found",
        ),
        (
            ["@data.csv", "--recipe", "@recipe.yaml", "--out", "@out", "--reference", "r=@no.csv"],
            "reference_not_found",
        ),
        (["@data.csv", "--recipe", "@recipe.yaml", "--out", "@out", "--reference", "r"], "usage"),
        (["@data.csv", "--recipe", "@recipe.yaml", "--out", "@out", "--engine", "spark"], "usage"),
        (["@data.csv", "--recipe", "@recipe.yaml", "--out", "@out", "--key", "k=@no"], "usage"),
    ],
)
def test_the_command_refuses_with_a_code(
    command: Callable[..., tuple[int, dict[str, object]]], words: list[str], code: str
) -> None:
    exit_code, document = command(*words)
    error = document["error"]
    assert isinstance(error, dict)
    assert (exit_code, error["code"]) == (2, code)
