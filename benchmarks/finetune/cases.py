"""The measured cases: real data into ``train|valid|test.parquet``, and the part of the plan that reads it."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import polars as pl

SIDES = ("title", "category", "brand", "modelno", "price")


def walmart_amazon(data: Path, folder: Path) -> dict[str, Any]:
    """Record-disjoint split: no product record of one part occurs in another. Returns the plan's part."""
    raw = pl.concat(
        _csv(data / "product_matching" / f"walmart_amazon_{part}.csv.gz")
        for part in ("train", "valid", "test")
    )
    sides = {side: [f"{side}_{name}" for name in SIDES] for side in ("left", "right")}
    ends = raw.select(
        pl.concat_str([pl.col(name).fill_null("") for name in names], separator="\x1f").alias(side)
        for side, names in sides.items()
    )
    part_of = disjoint_parts(list(zip(ends["left"], ends["right"], strict=True)))
    frame = raw.with_columns(pl.Series("split", part_of))
    for part in ("train", "valid", "test"):
        frame.filter(pl.col("split") == part).drop("split").write_parquet(folder / f"{part}.parquet")
    return {
        "task": "pair_relevance",
        "text": {"left": sides["left"], "right": sides["right"], "label": "label"},
        "recipe": {"max_pairs": 8000, "max_length": 96},
    }


def disjoint_parts(pairs: list[tuple[str, str]]) -> list[str]:
    """A part for every pair: connected groups of records stay together, 60/20/20 by pairs, order by hash.

    A group with more than a tenth of all pairs goes to train, as it would swamp the others.
    """
    parent: dict[tuple[int, str], tuple[int, str]] = {}

    def root(node: tuple[int, str]) -> tuple[int, str]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in pairs:
        parent[root((0, left))] = root((1, right))
    members: dict[tuple[int, str], list[int]] = {}
    for at, (left, _) in enumerate(pairs):
        members.setdefault(root((0, left)), []).append(at)
    groups = sorted(
        members.values(), key=lambda rows: hashlib.sha256(min(pairs[at][0] for at in rows).encode()).digest()
    )
    wanted = {"test": 0.2 * len(pairs), "valid": 0.2 * len(pairs)}
    found = ["train"] * len(pairs)
    for rows in groups:
        if len(rows) > 0.1 * len(pairs):
            continue
        part = next((name for name, left in wanted.items() if left >= len(rows)), None)
        if part is not None:
            wanted[part] -= len(rows)
            for at in rows:
                found[at] = part
    return found


def banking77(data: Path, folder: Path) -> dict[str, Any]:
    """Train without the twins of test messages; every tenth row by hash is validation."""
    key = pl.col("text").str.strip_chars().str.to_lowercase()
    test = _csv(data / "banking77" / "test.csv.gz").with_columns(key.alias("key"))
    train = (
        _csv(data / "banking77" / "train.csv.gz")
        .with_columns(key.alias("key"))
        .join(test, on="key", how="anti")
    )
    marks = [hashlib.sha256(text.encode()).digest()[0] < 26 for text in train["key"]]
    train.filter(~pl.Series(marks)).drop("key").write_parquet(folder / "train.parquet")
    train.filter(pl.Series(marks)).drop("key").write_parquet(folder / "valid.parquet")
    test.drop("key").write_parquet(folder / "test.parquet")
    return {
        "task": "intent_matching",
        "text": {"left": ["text"], "right": ["category"]},
        "recipe": {"max_pairs": 4000, "max_length": 64},
    }


def bitext(data: Path, folder: Path) -> dict[str, Any]:
    """Every fourth intent by name is none of ours: taken out of train, and to be refused in the others."""
    frames = {
        role: _csv(data / "bitext_customer_support" / f"{name}.csv.gz")
        for role, name in (("train", "train"), ("valid", "dev"), ("test", "test"))
    }
    foreign = sorted(frames["train"]["intent"].unique())[::4]
    outside = pl.col("intent").is_in(foreign)
    frames["train"].filter(~outside).write_parquet(folder / "train.parquet")
    for role in ("valid", "test"):
        shown = pl.when(outside).then(pl.lit("out_of_scope")).otherwise("intent").alias("intent")
        frames[role].with_columns(shown).write_parquet(folder / f"{role}.parquet")
    return {
        "task": "customer_intent",
        "text": {"left": ["utterance"], "right": [], "label": "intent"},
        "recipe": {"max_pairs": 4000, "max_length": 48},
    }


def online_shoppers(data: Path, folder: Path) -> dict[str, Any]:
    """Will a session buy? Equal sessions once; 60/20/20 by hash of the row."""
    name = "online_shoppers_intention"
    raw = pl.read_csv(
        gzip.decompress((data / name / f"{name}.csv.gz").read_bytes()),
        separator=";",
        infer_schema=False,
    ).unique(maintain_order=True)
    marks = [hashlib.sha256("|".join(map(str, row)).encode()).digest()[0] for row in raw.iter_rows()]
    for role, low, high in (("train", 0, 154), ("valid", 154, 205), ("test", 205, 256)):
        raw.filter(pl.Series([low <= mark < high for mark in marks])).write_parquet(
            folder / f"{role}.parquet"
        )
    columns = [name for name in raw.columns if name != "Revenue"]
    return {
        "task": "ad_click",
        "text": {"left": columns, "right": [], "label": "Revenue"},
        "recipe": {"max_pairs": 4000, "max_length": 128},
    }


def completejourney(data: Path, folder: Path) -> dict[str, Any]:
    """What will a household newly buy? Weeks to 32 train, 33 to 40 fit the ranker, 41 on are judged. Fuel,
    miscellaneous goods and rows without a type are no matter of taste."""
    place = data / "completejourney"
    log = (
        _csv(place / "transactions_sample.csv.gz")
        .join(_csv(place / "products.csv.gz"), on="product_id", how="inner", maintain_order="left")
        .filter(
            pl.col("product_type").is_not_null(),
            ~pl.col("product_category").fill_null("").str.contains("(?i)fuel|coupon"),
            ~pl.col("department").is_in(["FUEL", "MISCELLANEOUS"]),
        )
    )
    week = pl.col("week").cast(pl.Int64)
    for role, first, last in (("train", 1, 32), ("valid", 33, 40), ("test", 41, 53)):
        log.filter(week.is_between(first, last)).write_parquet(folder / f"{role}.parquet")
    words = ["product_type", "product_category", "brand", "package_size"]
    return {
        "task": "recommendation",
        "text": {
            "left": words,
            "right": words,
            "group": "household_id",
            "time": "transaction_timestamp",
            "item": "product_id",
            "kind": "product_type",
        },
        "recipe": {"max_pairs": 40_000, "max_length": 48, "batch_size": 256, "epochs": 6, "save_every": 500},
    }


def _csv(path: Path) -> pl.DataFrame:
    return pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema=False)


CASES = {
    "banking77": banking77,
    "walmart_amazon": walmart_amazon,
    "bitext": bitext,
    "online_shoppers": online_shoppers,
    "completejourney": completejourney,
}
