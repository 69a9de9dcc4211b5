"""A checked query means the same to DuckDB and to Spark (standard-rules §4, note f)."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from typing import Any

import duckdb
import polars as pl
import pytest

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.sql.classes import Sort
from governance.validation.kinds.sql.on_polars import _Stream
from governance.validation.kinds.sql.spark import spark_text
from governance.validation.kinds.sql.tree import duckdb_text, parse

pytestmark = pytest.mark.spark

# ruff: noqa: DTZ001 - DuckDB takes UTC without a zone
NOW = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
DATA = pl.DataFrame(
    {
        "i": [1, 3, None, -7, 9223372036854775807, 0],
        "N": [1.5, 0.1, None, math.inf, 2.675, 0.0],
        "s": ["Ab c", "x%y_z\\w", None, "", "12", "é"],
        "day": [
            *(date(2024, 2, 29), date(2023, 12, 31), None),
            *(date(2024, 1, 1), date(1999, 3, 3), date(2024, 2, 25)),
        ],
        "ts": [
            *(datetime(2024, 2, 29, 13, 14, 15, 250000), datetime(2023, 12, 31), None),
            *(datetime(2024, 1, 1, 23, 59, 59), datetime(1969, 12, 31, 23, 30), datetime(2024, 2, 25, 1)),
        ],
        "b": [True, False, None, True, False, True],
        "t": [time(1), time(12), None, time(12, 0, 0, 500000), time(23, 59, 59, 999999), time(0)],
    }
)
SORTS: dict[str, Sort] = {
    "i": "integer",
    "N": "number",
    "s": "text",
    "day": "date",
    "ts": "timestamp",
    "b": "boolean",
    "t": "time",
}

NUMBERS = r"""
SUM(i) | AVG(i) | MAX(i) / 0 | 0 / 0 | -1 / (COUNT(*) - 6) | SUM(i) / COUNT(I)
100.0 * COUNT(i) / COUNT(*) | MAX(N) % 0 | SUM(b) | SUM(i > 0) | COUNT_IF(n > 0.1)
SUM(CASE WHEN i < 5 THEN i END) | SUM(DISTINCT i) | AVG(CASE WHEN b THEN 1 ELSE 0 END) | AVG(DISTINCT i)
MEDIAN(i) | MEDIAN(N) | QUANTILE(i, 0.5) | PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY i)
PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY i DESC) | PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY i)
MAX(LENGTH(s)) | MAX(CAST('1.5' AS INT)) | CAST(2.5 AS INT) | CAST(MIN(N) + 2.5 AS INT)
MAX(TRY_CAST(s AS INT)) | CAST(MIN(i) / 3 AS DECIMAL) | ROUND(MIN(i) / 3, 2) | ROUND(2.675, 2)
SUM(CASE WHEN N < 9 THEN ROUND(N, 2) END) | CEIL(MIN(N) + 1.2) | FLOOR(MIN(i) / 2) | SIGN(MIN(i))
LN(MIN(i)) | LN(0) | LOG(100) | LOG(0) | SQRT(MIN(i)) | POWER(2, 0.5) | SUM(0.1) | 1 / (1 / (1 / MAX(i)))
COUNT(*) FILTER (WHERE s LIKE '%\w') | COUNT(*) FILTER (WHERE s LIKE 'x!%%' ESCAPE '!')
COUNT(*) FILTER (WHERE s ILIKE 'ab%') | COUNT(*) FILTER (WHERE s = 'x%y_z\w') | MAX(STRPOS(s, 'c'))
COUNT(*) FILTER (WHERE CONCAT(s, 'x') = 'x') | COUNT(*) FILTER (WHERE s || NULL = 'x')
COUNT(*) FILTER (WHERE SUBSTRING(s, 0, 3) = 'Ab') | COUNT(*) FILTER (WHERE LEFT(s, 1) = 'A')
COUNT(*) FILTER (WHERE day > '2024-01-01') | COUNT(*) FILTER (WHERE day = ts)
COUNT(*) FILTER (WHERE day < CURRENT_DATE)
COUNT(*) FILTER (WHERE ts < CURRENT_TIMESTAMP - INTERVAL '2' YEAR)
COUNT(*) FILTER (WHERE day + INTERVAL '1' DAY > DATE '2024-02-29')
COUNT(*) FILTER (WHERE DATE_ADD(day, INTERVAL 1 MONTH) > DATE '2024-02-29')
COUNT(*) FILTER (WHERE DATE_SUB(day, INTERVAL 1 MONTH) < DATE '2024-01-29')
MAX(DATEDIFF(day, '2020-01-01')) | MAX(DATEDIFF(day, DATE '2020-03-01', MONTH))
MAX(day - DATE '2020-01-01') | MAX(DATEDIFF(ts, TIMESTAMP '2024-01-01 00:30:00', HOUR))
SUM(EXTRACT(DOW FROM day)) | SUM(EXTRACT(SECOND FROM ts)) | SUM(EXTRACT(EPOCH FROM ts))
SUM(EXTRACT(WEEK FROM day)) | SUM(YEAR(day)) | COUNT(DISTINCT DATE_TRUNC('month', day))
COUNT(*) FILTER (WHERE DATE_TRUNC('month', day) = DATE '2024-02-01')
COUNT(DISTINCT DATE_TRUNC('hour', ts)) | COUNT(*) FILTER (WHERE t > '12:00')
COUNT(*) FILTER (WHERE t IN ('01:00:00', '12:00:00.5'))
COUNT(*) FILTER (WHERE t BETWEEN '01:00:00' AND '12:00:00') | COUNT(DISTINCT i, N)
NULLIF(COUNT(*), 6) | GREATEST(MAX(i), NULL, 3) | COUNT(*) FILTER (WHERE NOT i BETWEEN 1 AND 3)
COUNT(*) FILTER (WHERE i = '1')
"""
TABLES = r"""
COUNT(*) FROM data a JOIN data c ON a.i = c.I
COUNT(*) FROM data AS D WHERE d.n > 1
SUM(C) FROM (SELECT DAY AS d, COUNT(*) AS c FROM data GROUP BY DAY) Q
COUNT(*) FROM data WHERE EXISTS (SELECT 1 FROM data x WHERE x.i > data.i)
COUNT(*) FROM (SELECT * FROM data EXCEPT SELECT * FROM data WHERE i = 1) u
SUM(r) FROM (SELECT SUM(i) OVER (ORDER BY i) AS r FROM data WHERE i < 100) q
i FROM data ORDER BY i LIMIT 1
i FROM data ORDER BY i DESC LIMIT 1
STDDEV(i) FROM data WHERE i < 100
CORR(i, i) FROM data WHERE i < 100
"""
BROKEN = (
    *("SELECT MAX(i) + 1 FROM data", "SELECT MAX(i) % 0 FROM data", "SELECT AVG(b) FROM data"),
    *(
        "SELECT COUNT(*) FROM data WHERE s > 1",
        "SELECT COUNT(zz) FROM data",
        "SELECT MAX(CAST(s AS INT)) FROM data",
    ),
)


@pytest.fixture(scope="module")
def on_spark(spark: Any) -> Any:
    """Runs a query of one row, as the engine does."""
    nanoseconds = DATA.with_columns(pl.col("t").to_physical(), pl.col("ts").dt.replace_time_zone("UTC"))
    spark.createDataFrame(nanoseconds.to_arrow(compat_level=pl.CompatLevel.oldest())).createOrReplaceTempView(
        "data"
    )

    def run(query: str) -> tuple[Any, ...]:
        (row,) = spark.sql(spark_text(parse(query), NOW, NOW.date(), {"data": SORTS})).collect()
        return tuple(row)

    return run


def on_duckdb(query: str) -> tuple[Any, ...]:
    """The same by the embedded engine's way."""
    with duckdb.connect(":memory:") as connection:
        connection.register("data", _Stream(DATA.lazy()))
        (row,) = connection.execute(duckdb_text(parse(query), NOW, NOW.date())).fetchall()
        return tuple(row)


def alike(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    return bool(float(found) == pytest.approx(float(expected), rel=1e-9, abs=0, nan_ok=True))


def test_a_query_has_one_answer_on_both_engines(on_spark: Any) -> None:
    pieces = [piece.strip() for line in NUMBERS.strip().splitlines() for piece in line.split(" | ")]
    tables = [f"(SELECT {line})" for line in TABLES.strip().splitlines()]
    # One query for all of them: a query of its own costs Spark a second.
    for asked, source in ((pieces, " FROM data"), (tables, "")):
        query = f"SELECT {', '.join(f'{piece} AS c{place}' for place, piece in enumerate(asked))}{source}"
        seen = zip(asked, on_spark(query), on_duckdb(query), strict=True)
        assert [item for item in seen if not alike(*item[1:])] == []


@pytest.mark.parametrize("query", BROKEN)
def test_what_breaks_on_one_engine_breaks_on_the_other(query: str, on_spark: Any) -> None:
    from pyspark.errors import PySparkException

    with pytest.raises(duckdb.Error):
        on_duckdb(query)
    with pytest.raises((Unjudgeable, PySparkException)):
        on_spark(query)
