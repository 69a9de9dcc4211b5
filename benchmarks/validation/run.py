"""Fused validation against stock pandera.polars, each in a process of its own.

    python -m benchmarks.validation.run [--rows 1000000] [--folder DIR] [--out FILE]

Prints one JSON object: machine, versions, CPU-seconds (user + system, start-up included and without), peak
RSS.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.validation.generate import write

HERE = Path(__file__).resolve().parent
NOW = datetime(2026, 1, 15, tzinfo=UTC)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(job: Any) -> dict[str, Any]:
    before, began = cpu(), time.perf_counter()
    result = job()
    return {
        "cpu_seconds": round(cpu() - before, 3),
        "wall_seconds": round(time.perf_counter() - began, 3),
        "cpu_seconds_with_start": round(cpu(), 3),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        **result,
    }


def fused(folder: Path) -> dict[str, Any]:
    from governance.validation.engine import ValidationRequest, validate
    from governance.validation.standard import load

    def job() -> dict[str, Any]:
        request = ValidationRequest(
            data=folder / "events.parquet",
            standard=load((HERE / "events.odcs.yaml").read_bytes()),
            now=NOW,
            references={"products": folder / "products.parquet"},
        )
        report = validate(request)
        return {
            "rules": len(report.outcomes),
            "failing": {item.rule.id: item.failing_rows for item in report.outcomes if item.failing_rows},
        }

    return measured(job)


def stock_schema(products: list[str]) -> Any:
    """The same rules as an author of stock pandera.polars would write them."""
    import pandera.polars as pa
    import polars as pl

    check, column = pa.Check, pa.Column
    ordered = pa.Check(
        lambda data: data.lazyframe.select(pl.col("ts") <= pl.col("clicked_at")), name="table.compare"
    )
    mean = pa.Check(
        lambda data: data.lazyframe.select(pl.col("price").mean().is_between(5, 100)), name="mean"
    )
    return pa.DataFrameSchema(
        {
            "event_id": column(pl.String, check.str_length(13, 13, name="event_id.length"), unique=True),
            "user_id": column(pl.Int64, check.ge(0, name="user_id.range"), nullable=True),
            "session_id": column(
                pl.String, check.str_contains(r"^s-[0-9]+$", name="session_id.regex"), nullable=True
            ),
            "query": column(pl.String, check.str_length(1, 256, name="query.length")),
            "product_id": column(
                pl.String, check.isin(products, name="product_id.foreign_key"), nullable=True
            ),
            "position": column(pl.Int32, check.in_range(1, 100, name="position.range"), nullable=True),
            "price": column(pl.Float64, [check.in_range(0, 100000, name="price.range"), mean]),
            "currency": column(
                pl.String,
                check.isin(["USD", "EUR", "GBP", "JPY", "CNY"], name="currency.allowed"),
                nullable=True,
            ),
            "event_type": column(
                pl.String,
                check.isin(["impression", "click", "cart", "buy"], name="event_type.allowed"),
                nullable=True,
            ),
            "ts": column(pl.Datetime("us"), check.le(NOW.replace(tzinfo=None), name="ts.not_in_future")),
            "clicked_at": column(pl.Datetime("us"), nullable=True),
            "rating": column(pl.Float64, check.in_range(1, 5, name="rating.range"), nullable=True),
            "label": column(pl.Int8, check.isin([0, 1], name="label.allowed"), nullable=True),
        },
        checks=[ordered],
    )


def stock(folder: Path) -> dict[str, Any]:
    """Stock validation of a frame with NaN made null."""
    import polars as pl
    from pandera.errors import SchemaErrors

    def job() -> dict[str, Any]:
        products = pl.read_parquet(folder / "products.parquet")["product_id"].to_list()
        frame = pl.read_parquet(folder / "events.parquet").with_columns(
            pl.col("price", "rating").fill_nan(None)
        )
        try:
            stock_schema(products).validate(frame, lazy=True)
        except SchemaErrors as errors:
            found = {
                str(getattr(error.check, "name", f"{error.schema.name}.{error.check}")): len(
                    error.failure_cases
                )
                for error in errors.schema_errors
                if hasattr(error.failure_cases, "__len__")
            }
            return {"failing": found}
        return {"failing": {}}

    return measured(job)


def child(what: str, folder: Path) -> dict[str, Any]:
    """One measurement in a fresh process."""
    words = [sys.executable, "-m", "benchmarks.validation.run", "--child", what, "--folder", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=HERE.parents[1])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--child", choices=("fused", "stock"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps({"fused": fused, "stock": stock}[options.child](options.folder)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        data = write(options.rows, folder)
        runs = {what: [child(what, folder) for _ in range(options.repeat)] for what in ("fused", "stock")}
        result = {
            "benchmark": "validation",
            "rows": options.rows,
            "parquet_bytes": data.stat().st_size,
            "machine": {
                "system": platform.system(),
                "processor": platform.machine(),
                "cores": os.cpu_count(),
                "polars_threads": os.environ.get("POLARS_MAX_THREADS", "all"),
                "load_average": os.getloadavg()[0],
            },
            "versions": {name: version(name) for name in ("polars", "pandera")}
            | {"python": platform.python_version()},
            "best": {what: min(found, key=lambda item: item["cpu_seconds"]) for what, found in runs.items()},
            "cpu_seconds_all": {
                what: [item["cpu_seconds"] for item in found] for what, found in runs.items()
            },
        }
    text = json.dumps(result, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
