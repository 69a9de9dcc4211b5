"""`unique` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.keys import key_parts
from governance.validation.kinds.repeats import repeated_rows


def checked(bound: Bound) -> pl.Expr:
    """Rows with a full key; every selected row where missing equals missing."""
    if bound["nulls"] == "equal":
        return pl.lit(True) if bound.selected is None else bound.selected
    return bound.keyed(bound.rule.columns)


def key(bound: Bound) -> list[pl.Expr]:
    """The parts of the key."""
    return key_parts(bound, bound.rule.columns, bound["normalise"])


def failing(bound: Bound, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of repeated keys."""
    return repeated_rows(frame.filter(checked(bound)), key(bound))


def covers(first: Bound, second: Bound) -> bool:
    """Where a key repeats, every part of it does: rows of the longer are among those of the shorter."""
    if first.rule.kind != second.rule.kind or first.rule.where is not None:
        return False
    coarser = first["normalise"] == second["normalise"] or not second["normalise"]
    nulls = first["nulls"] == "equal" or second["nulls"] == "ignore"
    return coarser and nulls and set(first.rule.columns) < set(second.rule.columns)


BODY = PolarsBody(checked=checked, failing=failing, key=key, covers=covers)
