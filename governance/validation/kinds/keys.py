"""Keys of several columns: as expressions, and looked up in another data set (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound
from governance.validation.text import normalise_expr


def key_parts(bound: Bound, names: Iterable[str], steps: tuple[str, ...] = ()) -> list[pl.Expr]:
    """One expression per part, named `0`, `1`, …; text parts normalised."""
    return [part.alias(str(index)) for index, part in enumerate(_parts(bound, tuple(names), steps))]


def _parts(bound: Bound, names: tuple[str, ...], steps: tuple[str, ...]) -> Iterable[pl.Expr]:
    for name in names:
        column = bound.columns[name]
        if column.is_nested:
            raise Unjudgeable("unsupported_type")
        yield normalise_expr(pl.col(name), steps) if steps and column.is_text else pl.col(name)


def other_keys(
    frame: pl.LazyFrame, columns: int, text: tuple[bool, ...], steps: tuple[str, ...] = ()
) -> pl.Series:
    """Distinct complete keys of another data set, as one Series (a Struct of `0`, `1`, … where composite)."""
    parts = [
        normalise_expr(pl.col(str(index)), steps) if steps and text[index] else pl.col(str(index))
        for index in range(columns)
    ]
    keys = frame.select(parts).drop_nulls().unique().collect(engine="streaming")
    return keys.to_series() if columns == 1 else keys.to_struct("key")


def is_known(parts: list[pl.Expr], keys: pl.Series) -> pl.Expr:
    """Whether a complete key is among the keys; null where a part is missing."""
    full = pl.all_horizontal([part.is_not_null() for part in parts])
    key = parts[0] if len(parts) == 1 else pl.struct(parts)
    return pl.when(full).then(key.is_in(keys.implode()))


FEW = 16
"""Up to so many values are cheaper to compare with one by one than to look up."""


def one_of(value: pl.Expr, wanted: pl.Series) -> pl.Expr:
    """`is_in`: null where the value is null."""
    if not 0 < len(wanted) <= FEW:
        return value.is_in(wanted.implode())
    return reduce(or_, [value == pl.lit(item, dtype=wanted.dtype) for item in wanted.to_list()])
