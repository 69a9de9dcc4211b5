"""The compiled schema is ordinary Pandera: stock `schema.validate(lazy=True)` and the fused run agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pandera.api.checks import Check

from governance.validation.engine import validate
from governance.validation.engine.binding import bind_all
from governance.validation.engine.preparing import prepare
from governance.validation.engine.running import run_rules
from governance.validation.kinds.base import MISSING, RAW, ROW, Resources
from governance.validation.pandera_form import captured
from governance.validation.pandera_native import BUILTINS
from governance.validation.reading import open_table
from governance.validation.standard import CompiledStandard, compile_standard
from tests.engines.validation.cases import NOW, document, gavel
from tests.engines.validation.generated import Problem, problems
from tests.engines.validation.stock import assert_stock_agrees, stock

STANDARD = document(
    [
        {
            "name": "n",
            "logicalType": "integer",
            "required": True,
            "logicalTypeOptions": {"minimum": 0, "exclusiveMaximum": 5, "multipleOf": 2},
            "quality": [gavel("allowed", values=[1, 2, 3])],
        },
        {
            "name": "x",
            "logicalType": "number",
            "logicalTypeOptions": {"minimum": -1},
            "unique": True,
            "quality": [gavel("range", "cond", min=1, where={"column": "s", "op": "eq", "value": "a"})],
        },
        {
            "name": "s",
            "logicalType": "string",
            "required": True,
            "logicalTypeOptions": {"minLength": 1, "maxLength": 3, "pattern": "^[a-z]"},
            "quality": [
                gavel("allowed", values=["a", "b", "A"]),
                gavel("no_outer_space"),
                gavel("duplicate_text"),
            ],
        },
        {"name": "t", "logicalType": "timestamp", "quality": [gavel("not_in_future")]},
    ],
    [
        gavel("unique", columns=["n", "s"]),
        gavel("compare", left="n", op="le", right="x"),
        gavel("functional_dependency", determinant=["s"], dependent=["n"]),
        gavel("ordered", column="n", group_by=["s"]),
    ],
)

texts = {
    "n": st.sampled_from(["0", "1", "2", "3", "5", "01", "-1", "x", "", "1.0", "99999999999999999999"]),
    "x": st.sampled_from(["0", "-0.0", "1.5", "nan", "inf", "-Infinity", "1e400", "", "q"]),
    "s": st.sampled_from(["a", "b", "A", " a", "abcd", "", "１", "é", "a "]),
    "t": st.sampled_from(["2026-01-15T00:00:00Z", "2026-01-15T00:00:01Z", "2025-01-01 00:00", "", "bad"]),
}


def fused(compiled: CompiledStandard, path: Path) -> tuple[dict[str, Any], pl.DataFrame, Resources]:
    with open_table(path) as table:
        seen = prepare(table, compiled.columns)
        resources = Resources(now=NOW, table_columns=table.columns, physical=seen.physical)
        facts = bind_all(compiled, resources, first_version=False)
        run_rules(seen.frame, facts, lambda share, what: None, lambda: None)
        return {item.rule.id: item for item in facts}, seen.frame.collect(), resources


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(*texts.values()), min_size=1, max_size=8))
def test_fused_and_stock_pandera_agree(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    path = tmp_path / "data.csv"
    lines = [",".join(texts), *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    compiled = compile_standard(STANDARD)
    facts, frame, resources = fused(compiled, path)
    by_pandera = stock(compiled, frame, resources)
    by_pandera["s.not_null"] = by_pandera.pop("s.not_nullable", 0)
    for rule_id, item in facts.items():
        if item.rule.level == "row":
            assert by_pandera.get(rule_id, 0) == item.failing, (rule_id, rows)


@pytest.mark.parametrize("cells", [["0", "0", "1"], ["0", "0"], ["-0.0", "0", "0"], ["0", "0", ""]])
def test_keys_that_are_one_value_throughout_a_piece_are_all_seen(tmp_path: Path, cells: list[str]) -> None:
    """A piece of nothing but zeros comes to an elementwise function as a single value."""
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["x", *(f'"{cell}"' for cell in cells)]) + "\n", encoding="utf-8")
    compiled = compile_standard(document([{"name": "x", "logicalType": "number", "unique": True}]))
    facts, frame, resources = fused(compiled, path)
    zeros = sum(float(cell or "nan") == 0 for cell in cells)
    assert facts["x.unique"].failing == zeros == stock(compiled, frame, resources)["x.unique"]


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate],  # an example of 30 rules is not made smaller in reasonable time
    suppress_health_check=list(HealthCheck),
)
@given(problems(rules=30))
def test_every_kind_agrees_with_stock_pandera(tmp_path: Path, problem: Problem) -> None:
    """Generated standards: references, a previous version, predicates, zones, all types."""
    request = problem.request(tmp_path)
    assert_stock_agrees(request, validate(request))


def test_builtin_checks_are_used_where_pandera_has_them(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("n,x,s,t\n1,1,a,2025-01-01 00:00\n", encoding="utf-8")
    facts, frame, _ = fused(compile_standard(STANDARD), path)
    forms = {rule_id: item.pandera for rule_id, item in facts.items()}
    assert forms["n.range"] == "in_range"
    assert forms["s.allowed"] == "isin"
    assert forms["s.regex"] == "str_contains"
    assert forms["s.length"] == "str_length"
    assert forms["t.not_in_future"] == "less_than_or_equal_to"
    assert forms["n.dtype"] == "gavel_castable"
    assert frame.columns[:4] == [ROW, "n", RAW + "n", MISSING + "n"]


def test_the_fused_pass_runs_the_very_expressions_of_panderas_own_checks() -> None:
    given: dict[str, list[dict[str, Any]]] = {
        "greater_than": [{"min_value": 1}],
        "greater_than_or_equal_to": [{"min_value": 1.5}],
        "less_than": [{"max_value": NOW}],
        "less_than_or_equal_to": [{"max_value": NOW.date()}],
        "in_range": [
            {"min_value": 0, "max_value": 9, "include_min": low, "include_max": high}
            for low in (True, False)
            for high in (True, False)
        ],
        "isin": [{"allowed_values": ["a"]}],  # a set there: several come in any order
        "str_contains": [{"pattern": "^a|b$"}],
        "str_length": [
            {"min_value": low, "max_value": high} for low, high in ((1, 3), (None, 3), (1, None), (0, 0))
        ],
    }
    assert set(given) == set(BUILTINS)
    for name, calls in given.items():
        for arguments in calls:
            theirs = captured(getattr(Check, name)(**arguments), "n")
            assert theirs.meta.eq(BUILTINS[name](pl.col("n"), **arguments)), (name, arguments)


@pytest.mark.parametrize("kind", ["pandera_python", "pandera_yaml"])
def test_the_export_names_every_rule(kind: str) -> None:
    from governance.validation import export

    compiled = compile_standard(STANDARD)
    text = getattr(export, kind)(compiled)
    for rule in compiled.rules:
        assert rule.id in text or rule.id == "s.not_null"
