"""From verified parts to frames that hold the granted columns, masked as granted, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import numpy as np
import polars as pl

from modeling.training.config import TrainingPlan
from modeling.training.failures import TrainingStopped
from modeling.training.grant import OpenedPart


def read_part(opened: OpenedPart, key: bytes) -> pl.DataFrame:
    """The rows of one part as text columns (missing stays null), in file order.

    The scan is lazy, so a column that was not granted is never decoded. Raises ``TrainingStopped``:
    data.unreadable, data.no_column.
    """
    part = opened.part
    try:
        scan = _scan(part.path, part.delta_version)
        present = set(scan.collect_schema().names())
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise TrainingStopped("data.unreadable", role=part.role) from error
    for column in opened.columns:
        if column not in present:
            raise TrainingStopped("data.no_column", role=part.role, column=column)
    rows = scan
    if part.where is not None:
        column, value = part.where
        rows = rows.filter(pl.col(column).cast(pl.String) == value)
    try:
        frame = rows.select(pl.col(name).cast(pl.String) for name in opened.columns).collect()
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise TrainingStopped("data.unreadable", role=part.role) from error
    return frame.with_columns(_masked(name, mask, key) for name, mask in opened.masks.items())


def joined(frame: pl.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """One text per row: the non-empty values of ``columns``, trimmed, joined by one space."""
    trimmed = [pl.col(name).fill_null("").str.strip_chars() for name in columns]
    present = [pl.when(value == "").then(None).otherwise(value) for value in trimmed]
    return frame.select(pl.concat_str(present, separator=" ", ignore_nulls=True).alias("text"))[
        "text"
    ].to_list()


def named(frame: pl.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """One text per row: ``column value`` of the non-empty values of ``columns``, with commas between."""
    parts = []
    for name in columns:
        value = pl.col(name).fill_null("").str.strip_chars()
        parts.append(pl.when(value == "").then(None).otherwise(pl.lit(f"{name.replace('_', ' ')} ") + value))
    return frame.select(pl.concat_str(parts, separator=", ", ignore_nulls=True).alias("text"))[
        "text"
    ].to_list()


def slices(frame: pl.DataFrame, plan: TrainingPlan) -> dict[str, np.ndarray]:
    """The columns the plan looks at apart, and the time of rows, as text; missing is empty."""
    time = (plan.text.time,) if plan.text.time else ()  # what a trend is followed by; no slice of its own
    return {
        name: frame[name].fill_null("").str.strip_chars().to_numpy().astype(object)
        for name in dict.fromkeys((*plan.evaluation.slices, *time))
    }


def labels(frame: pl.DataFrame, column: str, role: str) -> list[float]:
    """The label column as finite numbers. Raises ``TrainingStopped`` (data.bad_label) with the count of
    others."""
    numbers = frame[column].cast(pl.Float64, strict=False)
    bad = int((~numbers.is_finite()).fill_null(True).sum())
    if bad:
        raise TrainingStopped("data.bad_label", column=column, count=bad, low="-∞", high="∞")
    if not len(numbers):
        raise TrainingStopped("data.empty", detail=role)
    return [float(number) for number in numbers.to_list()]


def _scan(path: Path, version: int | None) -> pl.LazyFrame:
    if (path / "_delta_log").is_dir():
        return pl.scan_delta(str(path), version=version)
    return pl.scan_parquet(sorted(path.rglob("*.parquet")) if path.is_dir() else path)


def _masked(name: str, mask: str, key: bytes) -> pl.Expr:
    """``redact``: ``***``; ``hash``: HMAC-SHA256 hex under the job's key. Missing stays missing
    (standard-rules §8)."""
    value = pl.col(name)
    if mask == "redact":
        return pl.when(value.is_null()).then(None).otherwise(pl.lit("***")).alias(name)
    return value.map_elements(
        lambda text: hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), return_dtype=pl.String
    ).alias(name)
