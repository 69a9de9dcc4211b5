"""`ordered` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import ROW, Bound, PolarsBody
from governance.validation.kinds.ordered import needed


def checked(bound: Bound) -> pl.Expr:
    """Rows with a value, a group and an order key."""
    return bound.keyed(needed(bound))


def failing(bound: Bound, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows whose value goes the wrong way from the one before it in the group."""
    value = pl.col(bound.rule.columns[0])
    rows = frame.filter(checked(bound)).select(ROW, *needed(bound))
    rows = rows.sort([*bound["order_by"], ROW], maintain_order=True)
    before = value.shift(1)
    before = before.over(list(bound["group_by"])) if bound["group_by"] else before
    rising = bound["direction"] == "increasing"
    if bound["strict"]:
        wrong = value <= before if rising else value >= before
    else:
        wrong = value < before if rising else value > before
    return rows.filter(wrong.fill_null(False)).select(ROW)


BODY = PolarsBody(checked=checked, failing=failing)
