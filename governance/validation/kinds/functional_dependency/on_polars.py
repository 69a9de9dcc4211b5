"""`functional_dependency` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import ROW, Bound, PolarsBody
from governance.validation.kinds.keys import key_parts


def conflicting(
    bound: Bound, frame: pl.LazyFrame, determinant: tuple[str, ...], dependent: tuple[str, ...], report: str
) -> pl.LazyFrame:
    """Rows of a determinant key with two or more dependents; `minority` spares the single most frequent
    one."""
    parts = key_parts(bound, (*determinant, *dependent), bound["normalise"])
    keys = [str(index) for index in range(len(determinant))]
    values = [str(index) for index in range(len(determinant), len(parts))]
    rows = frame.filter(bound.keyed((*determinant, *dependent))).select(ROW, *parts)
    counts = rows.group_by(*keys, *values).len()
    groups = counts.group_by(keys).agg(
        variants=pl.len(),
        most=pl.col("len").max(),
        leaders=(pl.col("len") == pl.col("len").max()).sum(),
    )
    split = groups.filter(pl.col("variants") > 1)
    if report == "all":
        return rows.join(split, on=keys, how="semi").select(ROW)
    wrong = counts.join(split, on=keys, how="inner").filter(
        (pl.col("len") < pl.col("most")) | (pl.col("leaders") > 1)
    )
    return rows.join(wrong, on=[*keys, *values], how="semi").select(ROW)


BODY = PolarsBody(
    checked=lambda bound: bound.keyed((*bound["determinant"], *bound["dependent"])),
    failing=lambda bound, frame: conflicting(
        bound, frame, bound["determinant"], bound["dependent"], bound["report"]
    ),
)
