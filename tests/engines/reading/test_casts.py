"""The cast grammar of standard-rules §2.4, cell by cell; MISSING and BAD stand for missing and uncastable."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from governance.validation import temporal
from governance.validation.casts import (
    LogicalType,
    canonical_text_expr,
    cast_expr,
    cast_value,
    logical_of,
    value_type,
)
from governance.validation.errors import EngineError

MISSING, BAD = "<missing>", "<bad>"
NEW_YORK = {"default_timezone": "America/New_York"}


def cast(cells: list[Any], logical: LogicalType, physical: Any = pl.String) -> list[Any]:
    """Typed cells, with MISSING and BAD in place of null."""
    frame = pl.DataFrame({"a": pl.Series(cells, dtype=physical, strict=False)})
    plan = cast_expr("a", frame.schema["a"], logical)
    seen = frame.select(value=plan.value, bad=plan.uncastable, missing=plan.missing)
    assert seen.schema["value"] == value_type(logical, frame.schema["a"])
    assert seen["bad"].null_count() == seen["missing"].null_count() == 0
    return [BAD if bad else MISSING if missing else value for value, bad, missing in seen.iter_rows()]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


TABLES: dict[str, tuple[LogicalType, dict[str | None, Any]]] = {
    "integer": (
        LogicalType("integer"),
        {
            "5": 5,
            "+5": 5,
            "-5": -5,
            "007": 7,
            "-0": 0,
            "0" * 60 + "12": 12,
            "": MISSING,
            None: MISSING,
            "9223372036854775807": 2**63 - 1,
            "-9223372036854775808": -(2**63),
            "9223372036854775808": BAD,
            "1.0": BAD,
            "1e3": BAD,
            "1,000": BAD,
            " 1": BAD,
            "1 ": BAD,
            "１": BAD,
            "٣": BAD,
            "+": BAD,
            "--1": BAD,
            "1_0": BAD,
            "0x1": BAD,
            "nan": BAD,
        },
    ),
    "u8": (LogicalType("integer", "u8"), {"255": 255, "256": BAD, "-1": BAD, "-0": 0}),
    "u64": (LogicalType("integer", "u64"), {"18446744073709551615": 2**64 - 1, "18446744073709551616": BAD}),
    "i128": (LogicalType("integer", "i128"), {str(-(2**127)): -(2**127), str(2**127): BAD}),
    "u128": (
        LogicalType("integer", "u128"),
        {str(2**128 - 1): 2**128 - 1, str(2**128): BAD, "+7": 7, "-1": BAD},
    ),
    "number": (
        LogicalType("number"),
        {
            "1": 1.0,
            "1.": 1.0,
            ".5": 0.5,
            "-1.5e-3": -0.0015,
            "1E5": 1e5,
            "+2": 2.0,
            "inf": math.inf,
            "-Infinity": -math.inf,
            "INF": math.inf,
            "1e400": BAD,
            "-1e400": BAD,
            "1e-400": 0.0,
            "NaN": MISSING,
            "nan": MISSING,
            "": MISSING,
            ".": BAD,
            "1d": BAD,
            "1f": BAD,
            "1,5": BAD,
            " 1": BAD,
            "0x1p3": BAD,
            "infin": BAD,
            "1e": BAD,
            "１": BAD,
            "-nan": BAD,
        },
    ),
    "f32": (LogicalType("number", "f32"), {"3.4e38": 3.4e38, "3.5e38": BAD, "inf": math.inf}),
    "boolean": (
        LogicalType("boolean"),
        {
            "true": True,
            "FALSE": False,
            "1": True,
            "0": False,
            "yes": BAD,
            "t": BAD,
            "2": BAD,
            "fal\u017fe": BAD,
        },
    ),
    "date": (
        LogicalType("date"),
        {
            "2026-01-05": date(2026, 1, 5),
            "2024-02-29": date(2024, 2, 29),
            "2023-02-29": BAD,
            "2026-1-5": BAD,
            "0001-01-01": date(1, 1, 1),
            "0000-01-01": BAD,
            "9999-12-31": date(9999, 12, 31),
            "10000-01-01": BAD,
            "2026-01-05 ": BAD,
            "2026-13-01": BAD,
            "２０２６-01-05": BAD,
            "2026-01-05T00:00": BAD,
        },
    ),
    "date by format": (
        LogicalType("date", "yyyy/M/d"),
        {"2026/1/5": date(2026, 1, 5), "2026/01/05": date(2026, 1, 5), "2026-01-05": BAD, "2025/2/29": BAD},
    ),
    "date in chinese": (
        LogicalType("date", "yyyy年M月d日"),
        {"2026年1月5日": date(2026, 1, 5), "2026年1月5": BAD},
    ),
    "date without separators": (
        LogicalType("date", "yyyyMMdd"),
        {"20260105": date(2026, 1, 5), "2026015": BAD},
    ),
    "time": (
        LogicalType("time"),
        {
            "10:00": time(10),
            "10:00:59": time(10, 0, 59),
            "10:00:59.5": time(10, 0, 59, 500000),
            "24:00": BAD,
            "10:60": BAD,
            "10:00:60": BAD,
            "1:00": BAD,
            "10:00:": BAD,
        },
    ),
    "timestamp": (
        LogicalType("timestamp", **NEW_YORK),
        {
            "2026-01-01T10:00": utc(2026, 1, 1, 15),
            "2026-01-01 10:00:30": utc(2026, 1, 1, 15, 0, 30),
            "2026-01-01T10:00Z": utc(2026, 1, 1, 10),
            "2026-01-01T10:00+08:00": utc(2026, 1, 1, 2),
            "2026-01-01T10:00-0330": utc(2026, 1, 1, 13, 30),
            "2026-01-01T10:00:00.123456789Z": utc(2026, 1, 1, 10, 0, 0, 123456),
            "2026-03-08T02:30": BAD,
            "2026-03-08T03:30": utc(2026, 3, 8, 7, 30),
            "2026-11-01T01:30": utc(2026, 11, 1, 5, 30),
            "2026-01-01": BAD,
            "2026-01-01T24:00": BAD,
            "2026-01-01T10:00:60": BAD,
            "2026-02-30T10:00": BAD,
            "2026-01-01T10:00+8": BAD,
            "2026-01-01T10:00z": BAD,
            "2026-01-01T10:00+24:00": BAD,
            "2026-01-01T10:00:00.1234567890Z": BAD,
            "": MISSING,
        },
    ),
    "timestamp with zone": (
        LogicalType("timestamp", timezone=True),
        {"2026-01-01T10:00": BAD, "2026-01-01T10:00Z": utc(2026, 1, 1, 10)},
    ),
    "timestamp by format": (
        LogicalType("timestamp", "dd/MM/yyyy HH:mm:ss.SSS XXX"),
        {
            "05/01/2026 10:11:12.345 +08:00": utc(2026, 1, 5, 2, 11, 12, 345000),
            "05/01/2026 10:11:12.34 Z": BAD,
        },
    ),
    "string": (LogicalType("string"), {"": "", " ": " ", "nan": "nan", None: MISSING}),
}


@pytest.mark.parametrize("name", TABLES)
def test_text_is_cast_by_the_grammar(name: str) -> None:
    logical, table = TABLES[name]
    assert dict(zip(table, cast(list(table), logical), strict=True)) == table


def test_stored_types_are_cast_only_without_loss() -> None:
    integer, number = LogicalType("integer"), LogicalType("number")
    assert cast([2.0, 2.5, math.nan, None, 1e300, math.inf], integer, pl.Float64) == [
        2, BAD, MISSING, MISSING, BAD, BAD
    ]  # fmt: skip
    assert cast([Decimal("3.0"), Decimal("3.5")], integer, pl.Decimal(10, 1)) == [3, BAD]
    assert cast([2**63, 5], integer, pl.UInt64) == [BAD, 5]
    assert cast([2**53 + 1, 5], number, pl.Int64) == [BAD, 5.0]
    assert cast([1, 0, 2], LogicalType("boolean"), pl.Int64) == [True, False, BAD]
    assert cast([True], integer, pl.Boolean) == [BAD]
    midnight, noon = datetime(2026, 1, 1), datetime(2026, 1, 1, 12)  # noqa: DTZ001
    assert cast([midnight, noon], LogicalType("date"), pl.Datetime("ns")) == [date(2026, 1, 1), BAD]
    assert cast([date(2026, 1, 1)], LogicalType("timestamp", **NEW_YORK), pl.Date) == [utc(2026, 1, 1, 5)]
    assert cast([noon], LogicalType("timestamp", **NEW_YORK), pl.Datetime("ms")) == [utc(2026, 1, 1, 17)]
    assert cast([5], LogicalType("date"), pl.Int64) == [BAD]
    assert cast([[1]], LogicalType("array"), pl.List(pl.Int64)) == [[1]]
    assert cast([[1]], LogicalType("object"), pl.List(pl.Int64)) == [BAD]
    assert cast([None], integer, pl.Null) == [MISSING]


def test_an_empty_string_is_null_where_the_type_is_no_text() -> None:
    assert cast(["", "x"], LogicalType("date")) == [MISSING, BAD]
    assert cast(["", "x"], LogicalType("string")) == ["", "x"]


def test_minus_zero_is_zero() -> None:
    (value,) = cast(["-0.0"], LogicalType("number"))
    assert math.copysign(1, value) == 1


@pytest.mark.parametrize(
    "text",
    [
        "yy-MM-dd",
        "yyyy-mm-dd hh",
        "MM-dd",
        "yyyy-MM-dd a",
        "yyyy 'open",
        "yyyy-DDD",
        "yyyy yyyy",
        "YYYY-MM-dd",
    ],
)
def test_formats_outside_the_grammar_are_refused(text: str) -> None:
    with pytest.raises(EngineError) as refused:
        cast(["x"], LogicalType("date", text))
    assert refused.value.code == "parameter_invalid"


@pytest.mark.parametrize(
    "logical",
    [LogicalType("money"), LogicalType("integer", "i7"), LogicalType("timestamp", default_timezone="Mars/X")],
)
def test_unknown_types_are_refused(logical: LogicalType) -> None:
    with pytest.raises(EngineError):
        logical.check()


def test_formats_are_written_as_they_are_read() -> None:
    frame = pl.DataFrame({"t": [datetime(2026, 1, 5, 7, 8, 9, 123000)]})  # noqa: DTZ001
    for form, text in {
        "yyyy-MM-dd'T'HH:mm:ss.SSS": "2026-01-05T07:08:09.123",
        "d/M/yyyy H 'o''clock' Z": "5/1/2026 7 o'clock -0330",
        "yyyy年MM月dd日 XXX": "2026年01月05日 -03:30",
    }.items():
        assert frame.select(x=temporal.write_expr(pl.col("t"), pl.lit(-210), form))["x"].to_list() == [text]


CANONICAL: dict[str, tuple[Any, list[Any], list[str]]] = {
    "floats as Python writes them": (
        pl.Float64,
        [1e16, 1e22, 0.1, 1e-5, -0.0, 1.0, 123456789.125, 5e-324, math.inf, 1e15],
        [
            "1e+16",
            "1e+22",
            "0.1",
            "1e-05",
            "0.0",
            "1.0",
            "123456789.125",
            "5e-324",
            "inf",
            "1000000000000000.0",
        ],
    ),
    "booleans": (pl.Boolean, [True, False], ["true", "false"]),
    "integers": (pl.UInt64, [2**64 - 1], ["18446744073709551615"]),
    "dates": (pl.Date, [date(33, 1, 2)], ["0033-01-02"]),
    "timestamps": (pl.Datetime("us", "Asia/Shanghai"), [utc(2026, 1, 1, 1, 2, 3)], ["2026-01-01T01:02:03Z"]),
}


@pytest.mark.parametrize("name", CANONICAL)
def test_canonical_text(name: str) -> None:
    kind, values, texts = CANONICAL[name]
    series = pl.Series("a", values, dtype=kind)
    seen = series.to_frame().select(x=canonical_text_expr(pl.col("a"), series.dtype))["x"].to_list()
    assert seen == texts


def test_values_of_a_standard_are_cast_like_cells() -> None:
    assert cast_value("01", LogicalType("string")) == "01"
    assert cast_value(True, LogicalType("string")) == "true"
    assert cast_value(5, LogicalType("number")) == 5.0
    assert cast_value("2026-01-01", LogicalType("timestamp", **NEW_YORK)) == utc(2026, 1, 1, 5)
    assert cast_value("2026-01-05", LogicalType("date", "yyyy/M/d")) == date(2026, 1, 5)
    assert cast_value("2026/1/5", LogicalType("date", "yyyy/M/d")) == date(2026, 1, 5)
    assert cast_value("1.5", LogicalType("integer"), bound=True) == Decimal("1.5")
    assert cast_value("1e30", LogicalType("integer"), bound=True) == 10**30
    for value, logical in (
        ("1.5", LogicalType("integer")),
        ("x", LogicalType("date")),
        ("2026-03-08 02:30", LogicalType("timestamp", **NEW_YORK)),
        (None, LogicalType("string")),
        ([1], LogicalType("integer")),
    ):
        with pytest.raises(EngineError) as refused:
            cast_value(value, logical)
        assert refused.value.code == "parameter_invalid"


def test_stored_types_have_a_logical_type() -> None:
    assert logical_of(pl.UInt8()) == LogicalType("integer", "u8")
    assert logical_of(pl.Float32()).name == logical_of(pl.Decimal(10, 2)).name == "number"
    assert logical_of(pl.Datetime("ms")).name == "timestamp"
    assert logical_of(pl.Binary()).name == "string"
