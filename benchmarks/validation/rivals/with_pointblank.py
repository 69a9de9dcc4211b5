"""Pointblank on a Polars frame, its first twenty failing rows of each step kept."""

from __future__ import annotations

from typing import Any

import pointblank as pb
import polars as pl
from telling import CURRENCIES, DEVICES, EVENTS, NOW, REQUIRED, folder, tell


def job() -> dict[str, Any]:
    products = pl.read_parquet(folder() / "products.parquet")["product_id"].to_list()
    frame = pl.read_parquet(folder() / "events.parquet").with_columns(
        pl.col("price", "rating").fill_nan(None)
    )
    types = [(name, str(kind)) for name, kind in frame.schema.items()]
    checks = (
        pb.Validate(frame)
        .col_schema_match(pb.Schema(columns=types))
        .col_vals_not_null(REQUIRED)
        .rows_distinct("event_id")
        .rows_distinct(["event_id", "position"])
        .col_vals_expr(pl.col("event_id").str.len_chars() == 13)
        .col_vals_ge("user_id", 0)
        .col_vals_regex("session_id", r"^s-[0-9]+$")
        .col_vals_expr(pl.col("query").str.len_chars().is_between(1, 256).fill_null(True))
        .col_pct_null("query", p=0.0, tol=0.01)
        .col_vals_in_set("product_id", products)
        .col_vals_between("position", 1, 100)
        .col_vals_between("price", 0, 100000, na_pass=True)
        .col_avg_ge("price", 5)
        .col_avg_le("price", 100)
        .col_vals_in_set("currency", CURRENCIES)
        .col_vals_in_set("event_type", EVENTS)
        .data_freshness("ts", "365 days", reference_time=NOW.replace(tzinfo=None))
        .col_vals_regex("country", r"^[A-Z]{2}$")
        .col_vals_in_set("device", DEVICES)
        .col_vals_between("rating", 1, 5, na_pass=True)
        .col_vals_in_set("label", [0, 1])
        .col_vals_expr((pl.col("ts") <= pl.col("clicked_at")).fill_null(True))
        .interrogate(get_first_n=20, collect_tbl_checked=False)
    )
    failed = checks.n_failed()
    names = [f"{step.i}.{step.assertion_type}.{step.column}" for step in checks.validation_info]
    broken = [name for name, step in zip(names, checks.validation_info, strict=True) if step.eval_error]
    return {
        "failing": {name: count for name, count in zip(names, failed.values(), strict=True) if count},
        "cannot": ["row_count at least: only an exact count with a tolerance", *broken],
    }


if __name__ == "__main__":
    tell(job)
