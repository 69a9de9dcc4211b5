"""A clickstream of the size wanted, with planted defects: `python -m benchmarks.validation.generate ROWS
FOLDER [--all-failing]`.

Fifteen columns, one Parquet file in row groups of half a million rows, made chunk by chunk so that fifty
million rows need no more memory than one chunk. With `--all-failing` every row breaks every rule that a row
can break (identifiers all equal, texts that match nothing, numbers out of range), and nothing is missing.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

PRODUCTS = 200_000
QUERIES = 50_000
SEED = 7
DEFECT = 0.0005
CHUNK = 500_000
START = 1_790_000_000_000_000
"""First event, microseconds since the epoch: 2026-09-21."""

CURRENCIES = ("USD", "EUR", "GBP", "JPY", "KRW")
EVENTS = ("impression", "click", "add_to_cart", "purchase")
COUNTRIES = ("US", "DE", "GB", "JP", "KR", "FR", "IT", "ES")
DEVICES = ("desktop", "mobile", "tablet", "app")
WORDS = (
    *("red", "blue", "running", "shoes", "phone", "case", "laptop", "stand", "wireless", "mouse", "summer"),
    *("dress", "kids", "toy", "lego", "usb", "cable", "coffee", "maker", "yoga", "mat", "water", "bottle"),
)


def queries(rng: np.random.Generator) -> pl.Series:
    """Search texts of one to four words, two in three with a number behind."""
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 5))) for _ in range(QUERIES)]
    return pl.Series([f"{text} {at % 97}" if at % 3 else text for at, text in enumerate(texts)])


def chunk(start: int, rows: int, rng: np.random.Generator, texts: pl.Series) -> pl.DataFrame:
    """Rows start … start + rows of the stream."""

    def hit(share: float = DEFECT) -> np.ndarray:
        return rng.random(rows) < share

    def one_of(values: tuple[str, ...], wrong: str | None = None, p: list[float] | None = None) -> pl.Series:
        codes = rng.choice(len(values), rows, p=p)
        if wrong is not None:
            codes = np.where(hit(), len(values), codes)
        return pl.Series([*values, wrong]).gather(codes)

    ids = np.arange(start, start + rows)
    users = rng.integers(0, 2_000_000, rows)
    at = START + ids * 1000 + rng.integers(0, 1000, rows)
    clicked = np.where(hit(), at - 5_000_000, at + rng.integers(1000, 60_000_000, rows))
    frame = pl.DataFrame(
        {
            "event": np.where(hit(), np.maximum(0, ids - 1), ids),
            "user_id": users,
            "session": users * 31 + rng.integers(0, 20, rows),
            "query": texts.gather(rng.integers(0, QUERIES, rows)),
            "product": rng.zipf(1.3, rows) % PRODUCTS,
            "position": np.where(hit(), 0, rng.integers(1, 101, rows)).astype("i4"),
            "price": np.round(rng.lognormal(3, 1, rows), 2) * np.where(hit(), -1, 1),
            "currency": one_of(CURRENCIES, "ZZZ"),
            "event_type": one_of(EVENTS, "hover", [0.7, 0.2, 0.07, 0.03]),
            "ts": at,
            "clicked_at": clicked,
            "country": one_of(COUNTRIES, "usa"),
            "device": one_of(DEVICES),
            "rating": rng.integers(1, 6, rows).astype("f8"),
            "label": np.where(hit(), 2, rng.integers(0, 2, rows)).astype("i1"),
            **{name: hit() for name in ("bad_session", "no_query", "bad_product", "no_price", "bad_rating")},
            "long_query": hit(DEFECT / 2),
            "nan_price": hit(0.0002),
            "no_click": hit(0.7),
            "no_rating": hit(0.8),
        }
    )
    return frame.select(
        event_id=pl.format("e{}", pl.col("event").cast(pl.String).str.zfill(12)),
        user_id="user_id",
        session_id=pl.when("bad_session").then(pl.lit("BAD SESSION")).otherwise(pl.format("s-{}", "session")),
        query=pl.when("long_query").then(pl.lit("x" * 300)).when(~pl.col("no_query")).then("query"),
        product_id=pl.when("bad_product").then(pl.lit("P9999999")).otherwise(_product("product")),
        position="position",
        price=pl.when("nan_price").then(float("nan")).when(~pl.col("no_price")).then("price"),
        currency="currency",
        event_type="event_type",
        ts=pl.col("ts").cast(pl.Datetime("us")),
        clicked_at=pl.when(~pl.col("no_click")).then("clicked_at").cast(pl.Datetime("us")),
        country="country",
        device="device",
        rating=pl.when("bad_rating").then(7.0).when(~pl.col("no_rating")).then("rating"),
        label="label",
    )


def _product(number: str) -> pl.Expr:
    return pl.format("P{}", pl.col(number).cast(pl.String).str.zfill(7))


def all_failing(frame: pl.DataFrame) -> pl.DataFrame:
    """The same shape, every row wrong under every rule that looks at one row or at keys."""
    return frame.with_columns(
        event_id=pl.lit("same"),
        user_id=pl.lit(-1, dtype=pl.Int64),
        session_id=pl.lit("BAD SESSION"),
        query=pl.lit("x" * 300),
        product_id=pl.lit("P9999999"),
        position=pl.lit(0, dtype=pl.Int32),
        price=pl.lit(-1.0),
        currency=pl.lit("ZZZ"),
        event_type=pl.lit("hover"),
        clicked_at=pl.col("ts") - pl.duration(seconds=5),
        country=pl.lit("usa"),
        device=pl.lit("phone"),
        rating=pl.lit(7.0),
        label=pl.lit(2, dtype=pl.Int8),
    )


def write(rows: int, folder: Path, *, failing: bool = False) -> Path:
    """`events.parquet` and `products.parquet`; returns the first."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    texts = queries(rng)
    path = folder / "events.parquet"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        parts = []
        for start in range(0, rows, CHUNK):
            frame = chunk(start, min(CHUNK, rows - start), rng, texts)
            parts.append(Path(scratch) / f"{start:012d}.parquet")
            (all_failing(frame) if failing else frame).write_parquet(parts[-1], compression="lz4")
        pl.scan_parquet(parts, glob=False).sink_parquet(path, compression="zstd", row_group_size=CHUNK)
    numbers = pl.DataFrame({"number": np.arange(PRODUCTS)})
    numbers.select(product_id=_product("number")).write_parquet(folder / "products.parquet")
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all-failing", action="store_true")
    given = parser.parse_args()
    print(write(given.rows, given.folder, failing=given.all_failing))
