"""Each kind on Spark gives the verdict and the counts of Polars, where Spark by itself would not."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation.engine import Report, ValidationRequest, validate
from tests.engines.validation.cases import KEY, NOW, document, gavel

pytestmark = pytest.mark.spark

INF = math.inf
BIG = 9223372036854775807
NASTY = ("a\\b", "it's", 'say "x"\n', "%_", "𠀀𠀀𠀀", "\u3000x", "é", "é", "\\")


def frame(seed: int, rows: int) -> pl.DataFrame:
    """Few distinct values of every type, missing ones among them, and the ends of their ranges."""
    dice = random.Random(seed)

    def drawn(*values: Any) -> list[Any]:
        return [dice.choice(values) for _ in range(rows)]

    instant = datetime(2026, 1, 15, tzinfo=UTC)
    return pl.DataFrame(
        {
            "i": pl.Series(drawn(BIG, BIG - 1, -5, 0, 3, 3, None), dtype=pl.Int64),
            "u": pl.Series(drawn(0, 2**64 - 1, 2**63, 7, None), dtype=pl.UInt64),
            "x": pl.Series(drawn(0.0, -0.0, 1.5, INF, math.nan, None, 0.1, 2.675), dtype=pl.Float64),
            "y": pl.Series([dice.gauss(0, 10) if dice.random() > 0.1 else None for _ in range(rows)]),
            "s": pl.Series(drawn(*NASTY, None, ""), dtype=pl.String),
            "c": pl.Series(drawn("Ab", "ab ", "ＡＢ", "c", None), dtype=pl.String),
            "d": pl.Series(drawn(date(2026, 1, 15), date(2026, 1, 16), date(1, 1, 1), None), dtype=pl.Date),
            "t": pl.Series(
                drawn(instant, instant.replace(microsecond=1), datetime(1, 1, 1, tzinfo=UTC), None),
                dtype=pl.Datetime("us", "UTC"),
            ),
            "h": pl.Series(drawn(time(0), time(12, 30), time(23, 59, 59, 999999), None), dtype=pl.Time),
            "b": pl.Series(drawn(True, False, None), dtype=pl.Boolean),
        }
    )


def column(name: str, logical: str, *quality: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "logicalType": logical, "quality": list(quality), **more}


WHERE = {"column": "b", "op": "eq", "value": True}
OLD = {"column": "d", "op": "lt", "value": "2026-01-01"}
LIBRARY = {"type": "library", "metric": "duplicateValues", "mustBeLessThan": 5, "unit": "percent"}

PROPERTIES = [
    column(
        "i",
        "integer",
        gavel("range", "half", max=2.5),
        gavel("range", "beyond", min=-1, max=1e30),
        gavel("aggregate_band", "sum", stat="sum", max=1),
        gavel("aggregate_band", "mean", stat="mean", min=0, where=WHERE),
        gavel("allowed", "list", values=[BIG, 3]),
        gavel("min_per_value", min_rows=3),
        gavel("min_per_value", "listed", min_rows=3, values=[3, 99]),
        gavel("drift_psi", "psi", bins=4, where=WHERE),
    ),
    column(
        "u",
        "integer",
        gavel("range", "top", min=18446744073709551615),
        gavel("aggregate_band", "sum", stat="sum", max=1),
        gavel("allowed", "list", values=[18446744073709551615, 7]),
        logicalTypeOptions={"format": "u64"},
    ),
    column(
        "x",
        "number",
        gavel("range", "finite", exclusive_max=INF, min=0.1),
        gavel("allowed", "list", values=[0, 2.675]),
        gavel("unique", "unique"),
        gavel("aggregate_band", "std", stat="std", max=1),
        gavel("aggregate_band", "max", stat="max", max=3),
        gavel("aggregate_band", "distinct", stat="distinct", max=3),
        gavel("category_share", bands={"0": [0, 0.1], "1.5": [0, 1]}, others_max=0.5),
    ),
    column(
        "y",
        "number",
        gavel("aggregate_band", "mean", stat="mean", min=0),
        gavel("aggregate_band", "std", stat="std", max=10),
        gavel("aggregate_band", "p", stat="quantile", q=0.3, min=0),
        gavel("drift_psi", "psi", max=0.01),
        gavel("ordered", "fall", direction="decreasing", strict=True, group_by=["c"], order_by=["d", "s"]),
    ),
    column(
        "s",
        "string",
        gavel("length", min=1, max=3),
        gavel("allowed", "list", values=list(NASTY)),
        gavel("allowed", "table", reference="other", reference_column="s"),
        gavel("regex", pattern=r"^\w"),
        gavel("missing_values", "gaps", values=[None, "", "%_"]),
        gavel("completeness", min_percent=95, blank=True),
        gavel("ordered", "rise"),
        LIBRARY,
    ),
    column(
        "c",
        "string",
        gavel("duplicate_text"),
        gavel("allowed", "folded", values=["AB"], normalise=["nfkc", "casefold", "trim"]),
        gavel("leakage", against="other"),
        gavel("unique", "folded", normalise=["casefold"], where=WHERE),
        gavel("drift_psi", "psi"),
    ),
    column(
        "d",
        "date",
        gavel("not_in_future"),
        gavel("freshness", max_age={"value": 1, "unit": "h"}, where=OLD),
        gavel("allowed", "list", values=["2026-01-15", "0001-01-01"]),
        gavel("category_share", bands={"2026-01-15": [0, 0.1]}),
        gavel("aggregate_band", "least", stat="min", min="2000-01-01"),
    ),
    column(
        "t",
        "timestamp",
        gavel("not_in_future"),
        gavel("not_in_future", "grace", grace_seconds=0.000001),
        gavel("freshness", max_age={"value": 0, "unit": "s"}),
        gavel("allowed", "list", values=["2026-01-15T00:00:00.000001Z"]),
        gavel("aggregate_band", "least", stat="min", min="2000-01-01"),
    ),
    column(
        "h",
        "time",
        gavel("range", min="12:30", exclusive_max="23:59:59.999999"),
        gavel("allowed", "list", values=["12:30"]),
        gavel("aggregate_band", "most", stat="max", max="12:00"),
        gavel("min_per_value", min_rows=5, values=["12:30"]),
    ),
    column("b", "boolean", gavel("allowed", "list", values=[True])),
]
TABLE = [
    gavel("unique", "pair", columns=["x", "d"], nulls="equal"),
    gavel(
        "foreign_key",
        "full",
        columns=["u", "h"],
        reference="other",
        reference_columns=["u", "h"],
        match="full",
    ),
    gavel("referential_both", "both", columns=["y"], reference="other", reference_columns=["y"]),
    gavel(
        "functional_dependency",
        "most",
        determinant=["c"],
        dependent=["d", "b"],
        report="minority",
        normalise=["casefold"],
        where=WHERE,
    ),
    gavel("label_conflict", "label", key=["s"], label="b"),
    gavel("row_count", "rows", min=1000, where=WHERE),
    gavel("row_count_change", "change", max_increase_percent=10, where=WHERE),
    gavel("columns", "all", strict=True),
]


def both(tmp_path: Path, **request: Any) -> tuple[Report, Report]:
    asked = ValidationRequest(now=NOW, platform_key=KEY, **request)
    return validate(asked), validate(replace(asked, engine="spark"))


def told(report: Report) -> dict[str, Any]:
    return {
        item.rule.id: (
            *(item.verdict, item.reason, item.failing_rows, item.checked_rows),
            pytest.approx(item.observed, rel=1e-9, abs=0)
            if isinstance(item.observed, float)
            else item.observed,
            dict(item.details),
            item.samples,
        )
        for item in report.outcomes
    }


def test_every_kind_counts_on_spark_as_on_polars(spark: Any, tmp_path: Path) -> None:
    for name, seed, rows in (("data", 1, 120), ("other", 2, 12), ("previous", 3, 80)):
        frame(seed, rows).write_parquet(tmp_path / f"{name}.parquet")
    on_polars, on_spark = both(
        tmp_path,
        data=tmp_path / "data.parquet",
        standard=document(PROPERTIES, TABLE),
        references={"other": tmp_path / "other.parquet"},
        previous=tmp_path / "previous.parquet",
        samples=3,
    )
    expected = told(on_polars)
    assert told(on_spark) == expected
    assert not {rule: item[1] for rule, item in expected.items() if item[0] == "errored"}
    assert {item.rule.kind for item in on_polars.outcomes if item.verdict == "failed"} >= {
        *(
            "allowed",
            "range",
            "unique",
            "foreign_key",
            "referential_both",
            "functional_dependency",
            "ordered",
        ),
        *("leakage", "duplicate_text", "label_conflict", "aggregate_band", "drift_psi", "category_share"),
        *("min_per_value", "row_count_change", "freshness", "not_in_future", "length", "regex"),
    }


def test_a_sketch_only_says_where_the_quantiles_are(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import ibis

    from governance.validation.kinds import ibis_ranks

    dice = random.Random(5)
    values = pl.Series("value", [round(dice.gauss(0, 1), 3) for _ in range(20_000)] + [INF, -INF])
    connection = ibis.pyspark.connect(spark)
    spark.createDataFrame(values.to_frame().to_arrow()).createOrReplaceTempView("gavel_ranked")
    table, fetched = connection.table("gavel_ranked"), []

    def fetch(query: Any) -> pl.DataFrame:
        found = pl.from_arrow(spark.sql(connection.compile(query)).toArrow())
        assert isinstance(found, pl.DataFrame)
        fetched.append(len(found))
        return found

    shares = [0.0001, 0.1, 0.5, 0.9, 1.0]
    monkeypatch.setattr(ibis_ranks, "SMALL", 0)
    found = ibis_ranks.quantiles(fetch, table, shares)
    assert found == [values.quantile(share, interpolation="linear") for share in shares]
    assert len(fetched) == 2
    assert fetched[1] < values.n_unique() / 10
