"""Where Spark, ibis or DuckDB would answer otherwise, ours do not (standard-rules §7.2)."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation.engine import Report, ValidationRequest, validate
from tests.engines.validation.cases import KEY, NOW, counts, document, gavel, reason

pytestmark = pytest.mark.spark


def both(standard: Any, path: Path, **request: Any) -> Report:
    """The report of Spark, after its counts and samples were found equal to those of Polars."""
    asked = ValidationRequest(data=path, standard=standard, now=NOW, platform_key=KEY, **request)
    by_polars, by_spark = validate(asked), validate(replace(asked, engine="spark"))
    for mine, other in zip(by_polars.outcomes, by_spark.outcomes, strict=True):
        for name in ("verdict", "reason", "failing_rows", "checked_rows", "observed", "samples"):
            assert getattr(mine, name) == getattr(other, name), (mine.rule.id, name)
    return by_spark


def csv(folder: Path, text: str) -> Path:
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_nan_is_missing_not_greater_than_every_bound(spark: Any, tmp_path: Path) -> None:
    """NaN > 5 and NaN = NaN are true in Spark; DuckDB's Parquet statistics lose NaN rows."""
    path = tmp_path / "data.parquet"
    values = [1.0, math.nan, None, 11.0, math.nan, math.inf, -0.0, 0.0]
    pl.DataFrame({"v": values}).write_parquet(path)
    column = {
        "name": "v",
        "logicalType": "number",
        "required": True,
        "unique": True,
        "logicalTypeOptions": {"maximum": 10},
        "quality": [gavel("allowed", values=[1, 11, 0, "inf"])],
    }
    report = both(document([column]), path)
    assert counts(report, "v.not_null") == ("failed", 3, 8)
    assert counts(report, "v.range") == ("failed", 2, 5)
    assert counts(report, "v.unique") == ("failed", 2, 5)
    assert counts(report, "v.allowed") == ("passed", 0, 5)


def test_unique_of_one_column_and_every_composite_key(spark: Any, tmp_path: Path) -> None:
    """pandera.ibis has no check for `unique` of a column."""
    columns = [{"name": "a", "logicalType": "integer", "unique": True}, {"name": "b"}, {"name": "c"}]
    keys = [gavel("unique", "ab", columns=["a", "b"]), gavel("unique", "bc", columns=["b", "c"])]
    report = both(document(columns, keys), csv(tmp_path, "a,b,c\n1,x,1\n1,x,1\n2,x,1\n,y,\n,y,\n"))
    assert counts(report, "a.unique") == ("failed", 2, 3)
    assert counts(report, "table.ab") == ("failed", 2, 3)
    assert counts(report, "table.bc") == ("failed", 3, 3)


def test_casts_refuse_what_spark_would_take(spark: Any, tmp_path: Path) -> None:
    """Spark trims spaces, takes `1d` and `1e3`, and raises on overflow."""
    columns = [
        {"name": "n", "logicalType": "integer"},
        {"name": "x", "logicalType": "number"},
        {"name": "b", "logicalType": "boolean"},
        {"name": "d", "logicalType": "date"},
    ]
    rows = [
        " 1,1d, true,2026-1-1",
        "1.0,1f,yes,2026",
        "99999999999999999999,1e400,t,2026-02-30",
        "+7,.5,1,2026-02-28",
    ]
    report = both(document(columns), csv(tmp_path, "n,x,b,d\n" + "\n".join(rows) + "\n"))
    assert [counts(report, f"{name}.dtype")[1:] for name in "nxbd"] == [(3, 4)] * 4


def test_skipped_and_doubled_local_times(spark: Any, tmp_path: Path) -> None:
    """`to_utc_timestamp` moves a local time that DST skips; ibis drops the zone of such casts."""
    column = {
        "name": "t",
        "logicalType": "timestamp",
        "logicalTypeOptions": {"minimum": "2025-11-02T01:30:00-04:00"},
    }
    zone = {"customProperties": [{"property": "gavelTimezone", "value": "America/New_York"}]}
    rows = ["2025-03-09T02:30:00", "2025-11-02T01:30:00", "2025-11-02T01:30:00-05:00", "2025-11-02T00:00:00"]
    report = both(document([column], object=zone), csv(tmp_path, "t\n" + "\n".join(rows) + "\n"))
    assert counts(report, "t.dtype") == ("failed", 1, 4)
    assert counts(report, "t.range") == ("failed", 1, 3)


def test_patterns_are_not_javas_and_take_linear_time(spark: Any, tmp_path: Path) -> None:
    """Java's `$` accepts a final line end, its `\\d` may not, and it backtracks on RE2-legal patterns."""
    patterns = {"digit": r"^\d+$", "end": "a$", "slow": "(.*a){12}$"}
    column = {
        "name": "s",
        "logicalType": "string",
        "quality": [gavel("regex", name, pattern=pattern) for name, pattern in patterns.items()],
    }
    begun = time.monotonic()
    report = both(document([column]), csv(tmp_path, f's\n１２\n"a\n"\n{"a" * 5000}b\n'))
    assert time.monotonic() - begun < 60
    assert [counts(report, f"s.{name}")[1:] for name in patterns] == [(3, 3)] * 3


def test_sums_of_integers_do_not_wrap_and_u64_is_exact(spark: Any, tmp_path: Path) -> None:
    big = 2**63 - 1
    columns = [
        {
            "name": "n",
            "logicalType": "integer",
            "quality": [gavel("aggregate_band", "sum", stat="sum", max=big)],
        },
        {
            "name": "u",
            "logicalType": "integer",
            "logicalTypeOptions": {"format": "u64", "minimum": 2**64 - 1},
            "unique": True,
        },
    ]
    rows = f"{big},{2**64 - 1}\n{big},{2**64 - 2}\n1,{2**64 - 2}\n"
    report = both(document(columns), csv(tmp_path, "n,u\n" + rows))
    found = report.outcome("n.sum")
    assert found is not None
    assert (found.verdict, found.observed) == ("failed", 2 * big + 1)
    assert counts(report, "u.range") == ("failed", 2, 3)
    assert counts(report, "u.unique") == ("failed", 2, 3)


def test_what_spark_has_no_type_for_is_said_not_passed(spark: Any, tmp_path: Path) -> None:
    columns = [
        {"name": "w", "logicalType": "integer", "logicalTypeOptions": {"format": "i128", "minimum": 0}},
        {"name": "s", "logicalType": "string", "quality": [gavel("duplicate_text", "near", mode="near")]},
    ]
    path = csv(tmp_path, f"w,s\n{2**100},abc\n-1,abd\nx,abe\n")
    asked = ValidationRequest(data=path, standard=document(columns), now=NOW, engine="spark")
    report = validate(asked)
    assert counts(report, "w.dtype") == ("failed", 1, 3)
    assert {reason(report, rule) for rule in ("w.range", "s.near")} == {"engine_unsupported"}


def test_stored_types_that_spark_cannot_read(spark: Any, tmp_path: Path) -> None:
    """Nanoseconds, unsigned integers, times of day, categories, decimals, nested columns, partitions."""
    moments = [datetime(2026, 1, 14), None, datetime(2026, 1, 16)]  # noqa: DTZ001 - zone-less on purpose
    frame = pl.DataFrame(
        {
            "t": pl.Series(moments).cast(pl.Datetime("ns")),
            "u": pl.Series([1, 2, 2**64 - 1], dtype=pl.UInt64),
            "small": pl.Series([1, None, 255], dtype=pl.UInt8),
            "h": pl.Series([0, None, 86_399_999_999_000]).cast(pl.Time),
            "c": pl.Series(["a", "b", "a"]).cast(pl.Categorical),
            "e": pl.Series([1.10, None, 2.25]).cast(pl.Decimal(10, 2)),
            "o": pl.Series([{"a": 1}, None, {"a": 2}]),
            "part": ["p", "p", "q"],
        }
    )
    folder = tmp_path / "data"
    for part in ("p", "q"):
        (folder / f"part={part}").mkdir(parents=True)
        rows = frame.filter(pl.col("part") == part).drop("part")
        rows.write_parquet(folder / f"part={part}" / "0.parquet", row_group_size=1)
    types = {"t": "timestamp", "u": "integer", "small": "integer", "h": "time", "c": "string", "e": "number"}
    columns = [{"name": name, "logicalType": logical, "required": True} for name, logical in types.items()]
    columns[1]["logicalTypeOptions"] = {"format": "u64", "maximum": 2}
    columns[4]["unique"] = True
    columns += [{"name": "o", "logicalType": "object"}, {"name": "part", "logicalType": "string"}]
    rules = [gavel("not_in_future", "late", columns=["t"]), gavel("ordered", "order", column="u")]
    columns[0]["quality"], columns[1]["quality"] = rules[:1], rules[1:]
    report = both(document(columns), folder)
    assert report.rows == 3
    assert counts(report, "t.late") == ("failed", 1, 2)
    assert counts(report, "o.dtype") == ("passed", 0, 2)
    assert counts(report, "u.order") == ("passed", 0, 3)
