"""`duplicate_text` on Polars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import polars as pl

from governance.validation.kinds.base import ROW, Bound, PolarsBody
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


def near_texts(texts: Sequence[str], threshold: Fraction, size: int) -> list[bool]:
    """For distinct texts: is the Jaccard of code-point n-gram sets with some other one ≥ threshold?

    Exact. Grams are ordered by rarity, and two sets that are near must share one of their first
    |A| − ⌈t·|A|⌉ + 1 grams (prefix filter), so only pairs that share a rare gram are compared.
    """
    grams = [_grams(text, size) for text in texts]
    if threshold <= 0:
        return [len(texts) > 1] * len(texts)
    counts: dict[str, int] = defaultdict(int)
    for found in grams:
        for gram in found:
            counts[gram] += 1
    near = [False] * len(texts)
    index: dict[str, list[int]] = defaultdict(list)
    for place in sorted(range(len(texts)), key=lambda i: len(grams[i])):
        mine = grams[place]
        ordered = sorted(mine, key=lambda gram: (counts[gram], gram))
        prefix = ordered[: len(mine) - _ceil(threshold * len(mine)) + 1]
        for other in {at for gram in prefix for at in index[gram]}:
            if near[place] and near[other]:
                continue
            if len(grams[other]) >= threshold * len(mine) and _jaccard_holds(mine, grams[other], threshold):
                near[place] = near[other] = True
        for gram in prefix:
            index[gram].append(place)
    return near


def _grams(text: str, size: int) -> frozenset[str]:
    if len(text) < size:
        return frozenset((text,))
    return frozenset(text[at : at + size] for at in range(len(text) - size + 1))


def _jaccard_holds(left: frozenset[str], right: frozenset[str], threshold: Fraction) -> bool:
    both = len(left & right)
    return both * threshold.denominator >= threshold.numerator * (len(left) + len(right) - both)


def _ceil(number: Fraction) -> int:
    return -(-number.numerator // number.denominator)


BODY = PolarsBody(checked=checked, failing=failing, key=key)
