"""Stock `pandera.polars`: the same rules as its users write them, on a frame read whole.

`--no-samples` leaves the failure cases alone; else the first twenty of each rule are taken.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera import Check
from pandera.errors import SchemaErrors
from telling import CURRENCIES, DEVICES, EVENTS, NOW, folder, tell

SAMPLES = 20


def schema(products: pl.Series) -> Any:
    def own(expr: pl.Expr, name: str) -> Check:
        return Check(lambda data: data.lazyframe.select(expr), name=name, ignore_na=False)

    column, oldest = pa.Column, NOW.replace(tzinfo=None) - timedelta(days=365)
    known = Check(lambda data: data.lazyframe.select(pl.col(data.key).is_in(products.implode())), name="fk")
    complete = own(pl.col("query").is_not_null().mean() >= 0.99, "completeness")
    mean = own(pl.col("price").mean().is_between(5, 100), "mean")
    fresh = own(pl.col("ts").max() >= oldest, "freshness")
    ordered = Check(
        lambda data: data.lazyframe.select(pl.col("ts") <= pl.col("clicked_at")), name="ts_before_clicked_at"
    )
    enough = Check(lambda data: data.lazyframe.select(pl.len() >= 1000), name="row_count")
    return pa.DataFrameSchema(
        {
            "event_id": column(pl.String, Check.str_length(13, 13), unique=True),
            "user_id": column(pl.Int64, Check.ge(0)),
            "session_id": column(pl.String, Check.str_contains(r"^s-[0-9]+$")),
            "query": column(pl.String, [Check.str_length(1, 256), complete]),
            "product_id": column(pl.String, known),
            "position": column(pl.Int32, Check.in_range(1, 100)),
            "price": column(pl.Float64, [Check.in_range(0, 100000), mean]),
            "currency": column(pl.String, Check.isin(CURRENCIES)),
            "event_type": column(pl.String, Check.isin(EVENTS)),
            "ts": column(pl.Datetime("us"), fresh),
            "clicked_at": column(pl.Datetime("us"), nullable=True),
            "country": column(pl.String, Check.str_contains(r"^[A-Z]{2}$")),
            "device": column(pl.String, Check.isin(DEVICES)),
            "rating": column(pl.Float64, Check.in_range(1, 5), nullable=True),
            "label": column(pl.Int8, Check.isin([0, 1])),
        },
        checks=[ordered, enough],
        unique=["event_id", "position"],
    )


def job() -> dict[str, Any]:
    products = pl.read_parquet(folder() / "products.parquet")["product_id"]
    floats = pl.col("price", "rating").fill_nan(None)
    frame = pl.read_parquet(folder() / "events.parquet").with_columns(floats)
    found: dict[str, int] = {}
    try:
        schema(products).validate(frame, lazy=True)
    except SchemaErrors as errors:
        for error in errors.schema_errors:
            cases = error.failure_cases
            name = getattr(error.check, "name", None) or str(error.check)
            if isinstance(cases, pl.DataFrame):
                found[f"{error.schema.name}.{name}"] = cases.height
                if "--no-samples" not in sys.argv:
                    cases.head(SAMPLES).rows()
        if "--no-samples" not in sys.argv:
            errors.failure_cases.head(SAMPLES).rows()
    return {"failing": found, "cannot": []}


if __name__ == "__main__":
    tell(job)
