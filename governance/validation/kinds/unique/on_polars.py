"""`unique` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import ROW, Bound, PolarsBody
from governance.validation.kinds.keys import key_parts

SEED = 0


def checked(bound: Bound) -> pl.Expr:
    """Rows with a full key; every selected row where missing equals missing."""
    if bound["nulls"] == "equal":
        return pl.lit(True) if bound.selected is None else bound.selected
    return bound.keyed(bound.rule.columns)


def failing(bound: Bound, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of repeated keys."""
    parts = key_parts(bound, bound.rule.columns, bound["normalise"])
    return repeated(frame.filter(checked(bound)), parts)


def repeated(frame: pl.LazyFrame, parts: list[pl.Expr]) -> pl.LazyFrame:
    """Rows (`_gavel_row`) whose key occurs more than once.

    The group-by sees 8-byte hashes only; rows of a repeated hash are then compared by value, so the answer is
    exact and memory is bounded by the hashes and the candidates.
    """
    names = [part.meta.output_name() for part in parts]
    hashed = _hash(parts)
    again = (
        frame.select(hashed.alias("hash"))
        .group_by("hash")
        .len()
        .filter(pl.col("len") > 1)
        .select("hash")
        .collect(engine="streaming")
        .to_series()
    )
    if again.is_empty():
        return pl.LazyFrame(schema={ROW: pl.Int64})
    candidates = frame.filter(hashed.is_in(again.implode())).select(ROW, *parts).collect(engine="streaming")
    return candidates.lazy().filter(pl.struct(names).is_duplicated()).select(ROW)


def _hash(parts: list[pl.Expr]) -> pl.Expr:
    return parts[0].hash(SEED) if len(parts) == 1 else pl.struct(parts).hash(SEED)


BODY = PolarsBody(checked=checked, failing=failing)
