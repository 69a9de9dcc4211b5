"""`duplicate_text` on Polars."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from governance.validation.kinds.base import ROW, Bound, PolarsBody
from governance.validation.kinds.duplicate_text.near import near_texts
from governance.validation.kinds.repeats import repeated_rows
from governance.validation.text import normalise_expr


def prepared(bound: Bound) -> pl.Expr:
    """The text compared; null where missing, or empty after normalising."""
    bound.need_text()
    text = normalise_expr(bound.value, bound["normalise"])
    return pl.when(text != "").then(text).alias("0")


def checked(bound: Bound) -> pl.Expr:
    """Rows with text."""
    some = prepared(bound).is_not_null()
    return some if bound.selected is None else some & bound.selected


def key(bound: Bound) -> list[pl.Expr] | None:
    """The normalised text, where it must be the same."""
    return [prepared(bound)] if bound["mode"] == "exact" else None


def failing(bound: Bound, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with the same text as another, or one like it."""
    rows = frame.filter(checked(bound))
    if bound["mode"] == "exact":
        return repeated_rows(rows, [prepared(bound)])
    texts = rows.select(ROW, prepared(bound)).collect(engine="streaming")
    distinct = texts["0"].unique(maintain_order=True).to_list()
    near = near_texts(distinct, Fraction(bound["threshold"]), bound["ngram"])
    alike = pl.Series([text for text, found in zip(distinct, near, strict=True) if found], dtype=pl.String)
    held = pl.col("0").is_in(alike.implode()) | pl.col("0").is_duplicated()
    return texts.lazy().filter(held).select(ROW)


BODY = PolarsBody(checked=checked, failing=failing, key=key)
