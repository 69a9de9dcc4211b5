"""A clickstream of the size wanted, with planted defects: `python -m benchmarks.validation.generate ROWS
FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

PRODUCTS = 200_000
SEED = 20260115
DEFECT = 0.0005
CHUNK = 500_000


def chunk(start: int, rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Rows start … start + rows of the stream."""

    def hit(share: float = DEFECT) -> np.ndarray:
        return rng.random(rows) < share

    ids = np.arange(start, start + rows)
    repeated = hit()
    ids[repeated] = np.maximum(0, ids[repeated] - 1)
    users = rng.integers(0, 2_000_000, rows)
    clicked = rng.random(rows) < 0.3
    frame = pl.DataFrame(
        {
            "event_id": ids,
            "user_id": users,
            "session": users * 31 + rng.integers(0, 20, rows),
            "words": rng.integers(0, 50_000, rows),
            "product": rng.zipf(1.3, rows) % PRODUCTS,
            "position": np.where(hit(), 0, rng.integers(1, 101, rows)).astype("i4"),
            "price": np.round(rng.lognormal(3, 1, rows), 2) * np.where(hit(), -1, 1),
            "currency": np.where(hit(), 5, rng.integers(0, 5, rows)),
            "event": rng.choice(5, rows, p=[0.7, 0.2, 0.07, 0.0295, 0.0005]),
            "at": 1_760_000_000_000_000 + ids * 1000,
            "delay": np.where(clicked, rng.integers(1000, 60_000_000, rows), 0),
            "rating": np.where(hit(), 7.0, rng.integers(1, 6, rows).astype("f8")),
            "label": np.where(hit(), 2, rng.integers(0, 2, rows)).astype("i1"),
            "no_query": hit(),
            "no_price": hit(0.0002),
            "bad_session": hit(),
            "late": hit(),
        }
    )
    names = {
        "currency": ["USD", "EUR", "GBP", "JPY", "CNY", "ZZZ"],
        "event": ["impression", "click", "cart", "buy", "hover"],
    }
    return frame.select(
        event_id=pl.format("e{}", pl.col("event_id").cast(pl.String).str.zfill(12)),
        user_id="user_id",
        session_id=pl.when("bad_session").then(pl.lit("BAD SESSION")).otherwise(pl.format("s-{}", "session")),
        query=pl.when(~pl.col("no_query")).then(pl.format("wireless mouse {}", "words")),
        product_id=pl.format("P{}", pl.col("product").cast(pl.String).str.zfill(7)),
        position="position",
        price=pl.when("no_price").then(float("nan")).otherwise("price"),
        currency=pl.col("currency").replace_strict(dict(enumerate(names["currency"]))),
        event_type=pl.col("event").replace_strict(dict(enumerate(names["event"]))),
        ts=pl.col("at").cast(pl.Datetime("us")),
        clicked_at=pl.when(pl.col("delay") > 0)
        .then(pl.when("late").then(pl.col("at") - 5_000_000).otherwise(pl.col("at") + pl.col("delay")))
        .cast(pl.Datetime("us")),
        rating="rating",
        label="label",
    )


def write(rows: int, folder: Path) -> Path:
    """`events.parquet` and `products.parquet`; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    parts = [chunk(start, min(CHUNK, rows - start), rng) for start in range(0, rows, CHUNK)]
    path = folder / "events.parquet"
    pl.concat(parts).write_parquet(path, compression="zstd", row_group_size=CHUNK)
    known = np.arange(PRODUCTS - 100)
    products = pl.DataFrame({"id": known}).select(
        product_id=pl.format("P{}", pl.col("id").cast(pl.String).str.zfill(7))
    )
    products.write_parquet(folder / "products.parquet")
    return path


if __name__ == "__main__":
    print(write(int(sys.argv[1]), Path(sys.argv[2])))
