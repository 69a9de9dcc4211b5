"""`range` on ibis."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from governance.validation.kinds.base import ORDERED_TYPES, Bound
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_comparing import compare_literal
from governance.validation.kinds.range import KEYS, WORDS, on_polars

if TYPE_CHECKING:
    import ibis.expr.types as ir


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """Pandera's own comparison, but for a time of day and u64, which are other numbers in Spark."""
    found, logical = on_polars.builtin(bound), bound.column.logical
    return None if logical.name == "time" or logical.format == "u64" else found


def ok(bound: IbisBound) -> ir.BooleanValue:
    """The general form: any mix of bounds, any size of number."""
    bound.polars.need(*ORDERED_TYPES)
    logical = bound.column.logical
    parts = [
        compare_literal(bound.value, WORDS[key], bound[key], logical)
        for key in KEYS
        if bound[key] is not None
    ]
    return reduce(and_, parts)


BODY = IbisBody(builtin=builtin, ok=ok)
