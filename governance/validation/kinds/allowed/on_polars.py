"""`allowed` on Polars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance.validation.casts import value_type
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.keys import is_known, key_parts, one_of, other_keys
from governance.validation.text import normalise_text


def typed_series(bound: Bound, items: tuple[Any, ...]) -> pl.Series:
    """Values of the standard as a Series of the column's type."""
    dtype = pl.String() if bound.column.is_text else value_type(bound.column.logical, pl.String())
    return pl.Series(list(items), dtype=dtype)


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """Pandera's `isin` for a list in the standard."""
    if bound["values"] is None or (bound["normalise"] and bound.column.is_text):
        return None
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    dtype = typed_series(bound, ()).dtype
    if not bound["values"] or dtype in (pl.UInt64, pl.Int128, pl.UInt128):
        return None  # Pandera would compare through Int64
    return "isin", {"allowed_values": list(bound["values"])}


def ok(bound: Bound) -> pl.Expr:
    """Looked up in the code table, or normalised on both sides."""
    steps = bound["normalise"] if bound.column.is_text else ()
    parts = key_parts(bound, bound.rule.columns, steps)
    if bound["values"] is not None:
        wanted = tuple(normalise_text(item, steps) for item in bound["values"])
        return is_known(parts, typed_series(bound, wanted))
    other = bound.resources.reference(bound["reference"])
    frame = other.keys((bound["reference_column"],), (bound.column,))
    return is_known(parts, other_keys(frame, 1, (bound.column.is_text,), steps))


def cheaper(bound: Bound) -> pl.Expr | None:
    """A short list as equalities."""
    return None if builtin(bound) is None else one_of(bound.value, typed_series(bound, bound["values"]))


BODY = PolarsBody(ok=ok, builtin=builtin, cheaper=cheaper)
