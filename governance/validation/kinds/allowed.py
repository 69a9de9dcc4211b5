"""`allowed`: values are on a list, in the standard or in a code table (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance.validation.casts import value_type
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.keys import is_known, key_parts, other_keys
from governance.validation.kinds.parameters import Parameter, Place, bad, normalise, text, values
from governance.validation.kinds.wording import listed
from governance.validation.model import Column, Rule
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


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """A list, or a code table and its column."""
    given = rule.parameters
    tabled = given["reference"] is not None and given["reference_column"] is not None
    partly = given["reference"] is not None or given["reference_column"] is not None
    if (given["values"] is not None) == tabled or (partly and not tabled):
        raise bad(
            Place(rule.kind, columns),
            "values",
            "or reference with reference_column is needed",
            "或 reference 与 reference_column 必须给出",
        )


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column = rule.columns[0]
    if rule.parameters["values"] is not None:
        shown = listed(rule.written["values"])
        return f"{column} is one of {shown}", f"{column} 须为 {shown} 之一"
    table = f"{rule.parameters['reference']}.{rule.parameters['reference_column']}"
    return f"{column} is in the code table {table}", f"{column} 须在代码表 {table} 中"


register(
    Kind(
        name="allowed",
        level="row",
        severity="major",
        dimension="conformity",
        parameters={
            "values": Parameter(values),
            "reference": Parameter(text),
            "reference_column": Parameter(text),
            "normalise": Parameter(normalise, ()),
        },
        sentence=sentence,
        ok=ok,
        builtin=builtin,
        verify=verify,
    )
)
