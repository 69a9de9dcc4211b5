"""`missing_values` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.casts import cast_value
from governance.validation.errors import EngineError
from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.keys import one_of
from governance.validation.text import SPACE_CLASS


def absent(bound: Bound) -> pl.Expr:
    """Boolean, never null: the cell counts as missing under the rule's list."""
    name = bound.rule.columns[0]
    values = [value for value in bound["values"] if value is not None]
    found = bound.missing(name) if None in bound["values"] else pl.lit(False)
    if bound.resources.physical[name] == pl.String:
        raw = bound.raw(name)
        found = found | one_of(raw, pl.Series(values, dtype=pl.String)).fill_null(False)
        if bound["blank"]:
            found = found | raw.str.contains(f"^{SPACE_CLASS}+$").fill_null(False)
        return found
    for value in values:
        found = found | _equal(bound, value)
    return found


def _equal(bound: Bound, written: str) -> pl.Expr:
    """A non-text column: the value equal to the listed one once cast; one that does not cast matches
    nothing."""
    if bound.column.is_text:
        return (bound.value == written).fill_null(False)
    if bound.column.is_nested:
        return pl.lit(False)
    try:
        value = cast_value(written, bound.column.logical)
    except EngineError:
        return pl.lit(False)
    return (bound.value == pl.lit(value)).fill_null(False)


BODY = PolarsBody(ok=lambda bound: ~absent(bound))
