"""`length` on Polars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """`str_length`."""
    bound.need_text()
    return "str_length", {"min_value": bound["min"], "max_value": bound["max"]}


def ok(bound: Bound) -> pl.Expr:
    """The same, for use inside `invalid_values`."""
    bound.need_text()
    size = bound.value.str.len_chars()
    return size.is_between(bound["min"] or 0, bound["max"] if bound["max"] is not None else 1 << 32)


BODY = PolarsBody(ok=ok, builtin=builtin)
