"""Where engines differ, the compiler evens it out (standard-rules §7.2), and other things easily got
wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation.errors import EngineError
from governance.validation.kinds.text_format import PATTERNS
from governance.validation.standard import compile_standard
from tests.engines.validation.cases import NOW, counts, document, gavel, reason, run


def number(name: str = "v", **more: Any) -> dict[str, Any]:
    return {"name": name, "logicalType": "number", **more}


def test_nan_in_parquet_is_missing_and_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pl.DataFrame({"v": [1.0, float("nan"), None, 11.0]}).write_parquet(path)
    standard = document([number(required=True, logicalTypeOptions={"maximum": 10})])
    report = run(standard, path, tmp_path)
    assert counts(report, "v.not_null") == ("failed", 2, 4)
    assert counts(report, "v.range") == ("failed", 1, 2)


def test_every_composite_key_is_judged_not_only_the_first(tmp_path: Path) -> None:
    columns = [{"name": name, "logicalType": "integer"} for name in "abc"]
    standard = document(
        columns, [gavel("unique", "ab", columns=["a", "b"]), gavel("unique", "bc", columns=["b", "c"])]
    )
    report = run(standard, "a,b,c\n1,1,1\n1,1,1\n2,1,1\n", tmp_path)
    assert counts(report, "table.ab") == ("failed", 2, 3)
    assert counts(report, "table.bc") == ("failed", 3, 3)


def test_two_nulls_are_no_duplicates(tmp_path: Path) -> None:
    report = run(document([{"name": "a", "unique": True}, {"name": "b"}]), "a,b\n,1\n,2\nx,3\n", tmp_path)
    assert counts(report, "a.unique") == ("passed", 0, 1)


def test_an_uncastable_cell_is_present_but_not_compared(tmp_path: Path) -> None:
    standard = document([number(required=True, logicalTypeOptions={"minimum": 0})])
    report = run(standard, "v\nx\n1\n-1\n", tmp_path)
    assert counts(report, "v.dtype") == ("failed", 1, 3)
    assert counts(report, "v.not_null") == ("passed", 0, 3)
    assert counts(report, "v.range") == ("failed", 1, 2)


def test_integer_sums_do_not_wrap_round(tmp_path: Path) -> None:
    big = 2**63 - 1
    column = {
        "name": "v",
        "logicalType": "integer",
        "quality": [gavel("aggregate_band", "sum", stat="sum", max=big)],
    }
    report = run(document([column]), f"v\n{big}\n{big}\n1\n", tmp_path)
    found = report.outcome("v.sum")
    assert found is not None
    assert (found.verdict, found.observed) == ("failed", 2 * big + 1)


@pytest.mark.parametrize("form", ["i128", "u128"])
def test_128_bit_integers_are_summed_exactly(tmp_path: Path, form: str) -> None:
    big = 2**127 - 1
    column = {
        "name": "v",
        "logicalType": "integer",
        "logicalTypeOptions": {"format": form},
        "quality": [gavel("aggregate_band", "sum", stat="sum", min=0), gavel("multiple_of", of=7)],
    }
    report = run(document([column]), f"v\n{big}\n{big}\n{big}\n", tmp_path)
    found = report.outcome("v.sum")
    assert found is not None
    assert found.observed == 3 * big
    assert counts(report, "v.multiple_of")[1:] == ((3 if big % 7 else 0), 3)


@pytest.mark.parametrize(
    ("options", "failing"),
    [
        ({"minimum": 1.5}, 1),
        ({"exclusiveMinimum": 1.5}, 1),
        ({"maximum": 1e30}, 0),
        ({"minimum": 1e30}, 3),
        ({"exclusiveMaximum": 9223372036854775808}, 0),
        ({"minimum": 9223372036854775807}, 2),
    ],
)
def test_bounds_of_integer_columns_are_exact(tmp_path: Path, options: dict[str, Any], failing: int) -> None:
    column = {"name": "v", "logicalType": "integer", "logicalTypeOptions": options}
    report = run(document([column]), "v\n1\n2\n9223372036854775807\n", tmp_path)
    assert counts(report, "v.range")[1:] == (failing, 3)


def test_infinity_is_a_value_and_a_multiple_of_nothing(tmp_path: Path) -> None:
    quality = [gavel("multiple_of", of=0.5), gavel("aggregate_band", "mean", stat="mean", min=0)]
    report = run(document([number(quality=quality)]), "v\ninf\n-inf\n1.5\n", tmp_path)
    assert counts(report, "v.multiple_of") == ("failed", 2, 3)
    assert counts(report, "v.mean")[0] == "failed"


def test_regex_is_searched_unanchored_and_unsupported_ones_are_errored(tmp_path: Path) -> None:
    column = {
        "name": "s",
        "logicalType": "string",
        "quality": [gavel("regex", "found", pattern="b"), gavel("regex", "ahead", pattern="(?=a)")],
    }
    report = run(document([column]), "s\nabc\n", tmp_path)
    assert counts(report, "s.found") == ("passed", 0, 1)
    assert reason(report, "s.ahead") == "regex_unsupported"


def test_equal_rules_are_merged_and_equal_ids_numbered() -> None:
    column = {
        "name": "a",
        "logicalType": "string",
        "required": True,
        "quality": [
            {"type": "library", "metric": "nullValues", "mustBe": 0, "severity": "critical"},
            {"type": "library", "metric": "nullValues", "mustBeLessThan": 5},
            {"type": "library", "metric": "nullValues", "mustBeLessThan": 6},
        ],
    }
    compiled = compile_standard(document([column]))
    found = {rule.id: rule.severity for rule in compiled.rules if rule.kind == "not_null"}
    assert found == {"a.not_null": "blocker", "a.not_null#2": "major", "a.not_null#3": "major"}
    assert len(next(rule for rule in compiled.rules if rule.id == "a.not_null").sources) == 2


def test_a_type_mismatch_is_errored_not_passed(tmp_path: Path) -> None:
    columns = [
        {
            "name": "b",
            "logicalType": "boolean",
            "quality": [gavel("range", min=1), gavel("regex", pattern="x")],
        },
        {"name": "s", "logicalType": "string", "quality": [gavel("aggregate_band", stat="mean", min=1)]},
    ]
    report = run(document(columns), "b,s\ntrue,1\n", tmp_path)
    assert {reason(report, rule) for rule in ("b.range", "b.regex", "s.aggregate_band")} == {"type_mismatch"}


def test_an_optional_column_that_is_absent_is_not_executed(tmp_path: Path) -> None:
    optional = {"customProperties": [{"property": "gavelOptional", "value": True}]}
    columns = [{"name": "a"}, {"name": "b", "logicalType": "integer", **optional}]
    report = run(document(columns), "a\n1\n", tmp_path)
    assert [(item.id, item.reason) for item in report.not_executed] == [("b.dtype", "optional_column_absent")]
    assert report.verdict == "passed"


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (
            "ipv6",
            ["::", "::1", "1:2:3:4:5:6:7:8", "fe80::1", "::ffff:1.2.3.4", "1::"],
            ["1:2", ":::", "1:2:3:4:5:6:7:8:9", "g::", "1::2::3"],
        ),
        ("hostname", ["a", "a-b.example", "1.2"], ["-a", "a-", "a..b", "a_b", "x" * 64]),
        ("uri", ["http:", "urn:x:y", "a+b:c"], ["1a:b", "http", "a: b"]),
        ("uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000"]),
    ],
)
def test_text_formats(tmp_path: Path, form: str, good: list[str], bad: list[str]) -> None:
    assert form in PATTERNS
    column = {"name": "s", "logicalType": "string", "logicalTypeOptions": {"format": form}}
    report = run(document([column]), "s\n" + "\n".join([*good, *bad]) + "\n", tmp_path)
    assert counts(report, "s.text_format")[1:] == (len(bad), len(good) + len(bad))


@pytest.mark.parametrize(
    "quality",
    [
        gavel("rnage", min=0),
        gavel("range", min=0, colour="red"),
        gavel("range"),
        gavel("range", min="abc"),
        gavel("row_count", min=1, tolerance={"rows": 1}),
        gavel("range", min=0, columns=["a", "b"]),
        {"type": "custom", "engine": "GAVEL", "implementation": "range"},
        {"type": "library", "metric": "nullValues", "mustBe": "none"},
        gavel("compare", left="a ** b", op="eq", right="b"),
        gavel("range", min=0, where={"column": "a"}),
    ],
)
def test_bad_parameters_are_refused(quality: dict[str, Any]) -> None:
    columns = [
        {"name": "a", "logicalType": "integer", "quality": [quality]},
        {"name": "b", "logicalType": "integer"},
    ]
    with pytest.raises(EngineError) as refusal:
        compile_standard(document(columns))
    assert refusal.value.code == "parameter_invalid"


def test_a_column_that_is_no_property_is_refused() -> None:
    with pytest.raises(EngineError) as refusal:
        compile_standard(document([{"name": "a"}], [gavel("unique", columns=["a", "zz"])]))
    assert refusal.value.code == "unknown_column"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM read_csv('/etc/passwd')",
        "SELECT COUNT(*) FROM '/etc/passwd'",
        "SELECT COUNT(*) FROM other.data",
        "DELETE FROM data",
        "SELECT 1; SELECT 2",
        "SELECT getenv('HOME') FROM data",
        "SELECT COUNT(*) FROM glob('*')",
        "SELECT a INTO x FROM data",
        "COPY data TO '/tmp/x'",
        "not sql at all (",
        "SELECT COUNT(*) FROM elsewhere",
    ],
)
def test_sql_outside_the_closed_lists_is_unsupported(tmp_path: Path, query: str) -> None:
    standard = document(
        [{"name": "a", "logicalType": "integer"}], [{"type": "sql", "query": query, "mustBe": 0}]
    )
    assert reason(run(standard, "a\n1\n", tmp_path), "table.sql") == "sql_unsupported"


@pytest.mark.parametrize(
    ("query", "verdict", "why"),
    [
        ("SELECT MAX(a) FROM ${table} WHERE a > 100", "errored", "sql_null"),
        ("SELECT a FROM data", "errored", "sql_error"),
        ("SELECT 'x' FROM data LIMIT 1", "errored", "sql_error"),
        ("WITH t AS (SELECT a FROM data) SELECT COUNT(*) - 3 FROM t", "passed", None),
        (
            "SELECT COUNT(*) - 2 FROM (SELECT a FROM data UNION SELECT a FROM data) AS u WHERE u.a > 0",
            "passed",
            None,
        ),
        ("SELECT COUNT(${column}) - 2 FROM {object}", "errored", "sql_unsupported"),
    ],
)
def test_sql_answers_one_number(tmp_path: Path, query: str, verdict: str, why: str | None) -> None:
    standard = document(
        [{"name": "a", "logicalType": "integer"}], [{"type": "sql", "query": query, "mustBe": 0}]
    )
    report = run(standard, "a\n1\nx\n3\n", tmp_path)
    assert (counts(report, "table.sql")[0], reason(report, "table.sql")) == (verdict, why)


def test_the_clock_is_the_one_given(tmp_path: Path) -> None:
    column = {"name": "t", "logicalType": "timestamp", "quality": [gavel("not_in_future")]}
    late = NOW.replace(year=2030)
    text = "t\n2027-01-01T00:00:00Z\n"
    assert counts(run(document([column]), text, tmp_path), "t.not_in_future")[0] == "failed"
    assert counts(run(document([column]), text, tmp_path, now=late), "t.not_in_future")[0] == "passed"
