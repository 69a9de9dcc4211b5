"""An exported standard runs where Gavel is not: pandera and polars alone, and it counts the same rows."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pandera.errors import SchemaErrors
from pandera.io.polars_io import from_yaml

from governance.validation.engine import validate
from governance.validation.export import pandera_python, pandera_yaml
from governance.validation.kinds import registry
from governance.validation.standard import CompiledStandard, compile_standard, load
from tests.engines.validation.cases import NOW, REPO, document, gavel, golden_folder, golden_request, run

RUNNER = """
import importlib.util, json, sys

sys.path[:] = [path for path in sys.path if path] + [sys.argv[1]]
REFUSED = "governance catalog config django duckdb sqlglot ruamel deltalake jsonschema torch".split()

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Refuse())
from datetime import datetime

answers = {}
for job in json.load(open(sys.argv[2])):
    spec = importlib.util.spec_from_file_location(job["name"], job["module"])
    module = importlib.util.module_from_spec(spec)
    sys.modules[job["name"]] = module
    spec.loader.exec_module(module)
    previous = job["previous"] and module.read(job["previous"])
    references = {name: module.read(path) for name, path in job["references"].items()}
    answers[job["name"]] = module.failures(
        module.read(job["data"]),
        now=datetime.fromisoformat(job["now"]), references=references, previous=previous,
    )
print(json.dumps(answers))
"""


def run_alone(folder: Path, jobs: list[dict[str, Any]]) -> dict[str, dict[str, int | None]]:
    """Rule → failing rows of each job, from an interpreter that has neither Gavel nor its libraries."""
    (folder / "runner.py").write_text(RUNNER)
    (folder / "jobs.json").write_text(json.dumps(jobs))
    libraries = sysconfig.get_path("purelib")
    done = subprocess.run(
        [sys.executable, "-I", "-S", folder / "runner.py", libraries, folder / "jobs.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers: dict[str, dict[str, int | None]] = json.loads(done.stdout)
    return answers


def job(folder: Path, case: Path, compiled: CompiledStandard) -> dict[str, Any]:
    """The exported file of a case, and what it is to be run on."""
    module = folder / f"{case.name}.py"
    module.write_text(pandera_python(compiled), encoding="utf-8")
    previous = case / "previous.csv"
    return {
        "name": case.name,
        "module": str(module),
        "data": str(next(case.glob("data.*"))),
        "previous": str(previous) if previous.exists() else None,
        "references": {path.stem.removeprefix("ref_"): str(path) for path in case.glob("ref_*")},
        "now": NOW.isoformat(),
    }


def chosen_cases() -> list[Path]:
    """Golden cases until every kind is there, and those about thresholds and columns that are absent."""
    seen: set[str] = set()
    chosen = []
    for case in sorted(golden_folder().iterdir()):
        expected = case / "expected.json"
        if not expected.exists() or json.loads(expected.read_text())["exit"] == 2:
            continue
        document = load((case / "standard.odcs.yaml").read_bytes())
        kinds = {
            rule.kind for name in document.object_names for rule in compile_standard(document, name).rules
        }
        if kinds - seen or case.name in ("missing_column", "reference_missing", "tolerance_and_where"):
            chosen.append(case)
            seen |= kinds
    return chosen


def test_golden_cases_count_the_same_rows_without_gavel(tmp_path: Path) -> None:
    cases = chosen_cases()
    reports = {case.name: validate(golden_request(case)) for case in cases}
    jobs = []
    for case in cases:
        document = load((case / "standard.odcs.yaml").read_bytes())
        compiled = compile_standard(document, reports[case.name].standard["object"])
        jobs.append(job(tmp_path, case, compiled))
    answers = run_alone(tmp_path, jobs)
    claimed: set[str] = set()
    for name, report in reports.items():
        space: dict[str, Any] = {}
        exec(compile((tmp_path / f"{name}.py").read_text(), name, "exec"), space)  # noqa: S102 - our own text
        for outcome in report.outcomes:
            rule, found = outcome.rule, answers[name]
            if rule.id in space["NOT_EXPORTED"]:
                assert rule.id not in found
                continue
            claimed.add(rule.kind)
            where = (name, rule.id, outcome.verdict, found.get(rule.id, "holds"))
            if outcome.verdict == "passed":
                assert rule.id not in found, where
            else:
                assert found.get(rule.id, -1) == (outcome.failing_rows or None), where
    assert set(registry()) - claimed == {"sql"}


AWKWARD = document(
    [
        {
            "name": "n",
            "physicalName": "N o.",
            "logicalType": "integer",
            "logicalTypeOptions": {"format": "u8", "minimum": 3},
            "quality": [
                {"metric": "invalidValues", "mustBeLessThan": 50, "unit": "percent", "id": "few"},
                gavel("allowed", values=[5, 7], where={"column": "s", "op": "matches", "value": r"^\w\d"}),
            ],
        },
        {"name": "s", "logicalType": "string", "logicalTypeOptions": {"pattern": r'^[a-z"\\]\d'}},
        {
            "name": "t",
            "logicalType": "timestamp",
            "logicalTypeOptions": {"format": "d.M.yyyy HH:mm", "minimum": "1.2.2025 00:00"},
            "quality": [gavel("not_in_future"), gavel("ordered", direction="decreasing", order_by=["n"])],
        },
        {"name": "o", "logicalType": "object", "properties": [{"name": "deep", "required": True}]},
        {"name": "later", "customProperties": [{"property": "gavelOptional", "value": True}], "unique": True},
    ],
    [
        gavel("compare", left="n * 2 - 1", op="le", right="10", tolerance={"percent": 34}),
        gavel("sql", "count", query="select count(*) from data", mustBeGreaterThan=0),
        {"type": "text", "id": "words", "description": 'say """ and \\ so'},
    ],
    object={"customProperties": [{"property": "gavelTimezone", "value": "Asia/Shanghai"}]},
)


def test_what_a_file_cannot_hold_is_listed_and_the_rest_counts_the_same(tmp_path: Path) -> None:
    text = "N o.,s,t,o\n5,a1,1.3.2025 08:00,\n7,b2,31.1.2025 23:59,\n300,z,30.2.2025 00:00,\n"
    text += "2,A1,1.1.2030 00:00,\n"
    case = tmp_path / "awkward"
    case.mkdir()
    (case / "data.csv").write_text(text, encoding="utf-8")
    compiled = compile_standard(AWKWARD)
    found = run_alone(tmp_path, [job(tmp_path, case, compiled)])["awkward"]
    report = run(AWKWARD, case / "data.csv", tmp_path)
    left_out = {"o.deep.not_null", "table.count", "table.words"}
    for outcome in report.outcomes:
        rule = outcome.rule.id
        if rule not in left_out:
            expected = outcome.failing_rows or None
            assert (rule in found, found.get(rule)) == (
                outcome.verdict != "passed",
                expected if outcome.verdict != "passed" else None,
            ), (rule, outcome.verdict, found)
    assert not left_out & set(found)
    shown = (tmp_path / "awkward.py").read_text(encoding="utf-8")
    head = shown.partition("from __future__")[0]
    assert all(f"- {rule}: " in head for rule in left_out)
    assert "import governance" not in shown
    assert "from governance" not in shown


def test_the_exported_file_is_a_program(tmp_path: Path) -> None:
    folder = REPO / "docs" / "examples"
    compiled = compile_standard(load((folder / "orders.odcs.yaml").read_bytes()))
    (tmp_path / "orders_checks.py").write_text(pandera_python(compiled), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "orders_checks.py", str(folder / "orders.csv")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "order_id.unique 2 rows" in done.stdout.splitlines()


def test_the_exported_yaml_is_read_by_pandera_and_names_every_rule(tmp_path: Path) -> None:
    for compiled in (compile_standard(AWKWARD), compile_standard(document(PLAIN))):
        text = pandera_yaml(compiled)
        schema = from_yaml(text)  # type: ignore[no-untyped-call]
        assert list(schema.columns) == list(compiled.columns)
        names = {check.name for column in schema.columns.values() for check in column.checks}
        comment = "".join(line[2:] + " " for line in text.splitlines() if line.startswith("# "))
        for rule in compiled.rules:
            assert (rule.id in names) != (f"{rule.id}," in comment or f"{rule.id} " in comment), rule.id
    typed = pl.DataFrame(
        {"a": [1, 9, None], "s": ["ab", "b", "x1"], "t": [NOW, NOW, datetime(2020, 1, 1, tzinfo=UTC)]},
        schema={"a": pl.Int64, "s": pl.String, "t": pl.Datetime("us", "UTC")},
    )
    with pytest.raises(SchemaErrors) as failed:
        schema.validate(typed, lazy=True)
    shown = {getattr(error.check, "name", error.check) for error in failed.value.schema_errors}
    assert shown == {"not_nullable", "a.range", "a.allowed", "s.length", "s.regex", "t.range"}


PLAIN: list[dict[str, Any]] = [
    {
        "name": "a",
        "logicalType": "integer",
        "required": True,
        "logicalTypeOptions": {"minimum": 0, "maximum": 5},
        "quality": [gavel("allowed", values=[1, 2])],
    },
    {"name": "s", "logicalType": "string", "logicalTypeOptions": {"minLength": 2, "pattern": "^[a-z]+$"}},
    {"name": "t", "logicalType": "timestamp", "logicalTypeOptions": {"minimum": "2021-01-01T00:00:00Z"}},
]


def test_a_second_export_in_one_process_is_the_same() -> None:
    case = golden_folder() / "functional_dependency"
    compiled = compile_standard(load((case / "standard.odcs.yaml").read_bytes()))
    assert pandera_python(compiled) == pandera_python(compiled)
