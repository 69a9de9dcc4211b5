"""`range` on Polars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance.validation.casts import integer_range
from governance.validation.comparing import compare_literal
from governance.validation.kinds.base import ORDERED_TYPES, Bound, PolarsBody
from governance.validation.kinds.range import KEYS, WORDS


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """Pandera's own comparison, where one says the same."""
    bound.need(*ORDERED_TYPES)
    logical = bound.column.logical
    if logical.name == "integer":
        low, high = integer_range(logical.format or "i64")
        given = [bound[key] for key in KEYS if bound[key] is not None]
        if not all(isinstance(item, int) and low <= item <= high for item in given):
            return None
    return _comparison(*(bound[key] for key in KEYS))


def _comparison(low: Any, above: Any, high: Any, below: Any) -> tuple[str, Mapping[str, Any]] | None:
    if (low is not None and above is not None) or (high is not None and below is not None):
        return None
    bottom, top = (low if above is None else above), (high if below is None else below)
    if bottom is not None and top is not None:
        if bottom > top or (bottom == top and (above is not None or below is not None)):
            return None  # Pandera refuses to build what nothing can satisfy
        return "in_range", {
            "min_value": bottom,
            "max_value": top,
            "include_min": above is None,
            "include_max": below is None,
        }
    if bottom is not None:
        return ("greater_than" if low is None else "greater_than_or_equal_to"), {"min_value": bottom}
    return ("less_than" if high is None else "less_than_or_equal_to"), {"max_value": top}


def ok(bound: Bound) -> pl.Expr:
    """The general form: any mix of bounds, any size of number."""
    bound.need(*ORDERED_TYPES)
    logical = bound.column.logical
    return pl.all_horizontal(
        [
            compare_literal(bound.value, WORDS[key], bound[key], logical)
            for key in KEYS
            if bound[key] is not None
        ]
    )


BODY = PolarsBody(ok=ok, builtin=builtin)
