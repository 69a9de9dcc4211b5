"""Typed comparison on ibis: a cell against values of the standard (standard-rules §1.2).

Here and in the bodies ibis is imported where it is used: it is heavy, and executors load these modules only
for the helper columns.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from datetime import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from governance.validation.casts import LogicalType, Value
from governance.validation.comparing import integer_comparison

if TYPE_CHECKING:
    import ibis.expr.types as ir

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_U64 = "decimal(20, 0)"


def literal(value: Value, logical: LogicalType) -> ir.Scalar:
    """A value of the standard in the type its column has in Spark."""
    import ibis

    if isinstance(value, time):
        return ibis.literal(nanoseconds(value), "int64")
    if logical.name == "integer" and logical.format == "u64":
        return ibis.literal(Decimal(int(value)), _U64)  # type: ignore[arg-type]  # an integer of the column
    return ibis.literal(value)


def nanoseconds(value: time) -> int:
    """A time of day since midnight."""
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 10**9 + value.microsecond * 1000


def compare_literal(
    value: ir.Value, op: str, wanted: Value | Decimal, logical: LogicalType
) -> ir.BooleanValue:
    """Null for a missing cell; an integer against any finite number, exactly."""
    import ibis

    if logical.name == "integer" and isinstance(wanted, int | Decimal):
        found = integer_comparison(op, wanted, logical)
        if isinstance(found, bool):
            return where(value.notnull(), ibis.literal(found))
        op, wanted = found
    answer: ir.BooleanValue = _COMPARISONS[op](value, literal(wanted, logical))  # type: ignore[arg-type]
    return answer


def in_literals(value: ir.Value, wanted: Iterable[Value], logical: LogicalType) -> ir.BooleanValue:
    """Whether a typed cell is one of the values; null for a missing cell, also where the list is empty."""
    listed = [literal(item, logical) for item in wanted]
    return where(value.notnull(), value.isin(listed))


def where(condition: ir.BooleanValue, answer: ir.BooleanValue) -> ir.BooleanValue:
    """The answer where the condition is true, else null = not checked."""
    import ibis

    found: ir.BooleanValue = condition.ifelse(answer, ibis.null("boolean"))
    return found
