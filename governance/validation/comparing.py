"""Typed comparison with three truth values: null stands for unknown (standard-rules §1.2)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from math import floor

import polars as pl

from governance.validation import temporal
from governance.validation.casts import INTEGERS, LogicalType, Value, integer_range, value_type

COMPARISONS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
ORDERINGS = ("lt", "le", "gt", "ge")


def compare_literal(value: pl.Expr, op: str, literal: Value | Decimal, logical: LogicalType) -> pl.Expr:
    """A typed cell against a value of the standard; an integer against any finite number, exactly."""
    if logical.name == "integer" and isinstance(literal, int | Decimal):
        return _compare_integer(value, op, literal, logical)
    return COMPARISONS[op](value, pl.lit(literal, dtype=value_type(logical, pl.String())))


def _compare_integer(value: pl.Expr, op: str, bound: int | Decimal, logical: LogicalType) -> pl.Expr:
    width = value_type(logical, pl.String())
    found = integer_comparison(op, bound, logical)
    if isinstance(found, bool):
        return _constant(value, found)
    return COMPARISONS[found[0]](value, pl.lit(found[1], dtype=width))


def integer_comparison(op: str, bound: int | Decimal, logical: LogicalType) -> bool | tuple[str, int]:
    """An integer against any finite number: operator and bound in the range of the column, or the one answer
    for every integer there."""
    if isinstance(bound, Decimal):
        # Between two integers: below it means at most its floor.
        always = {"eq": False, "ne": True}.get(op)
        if always is not None:
            return always
        bound, op = floor(bound), {"lt": "le", "le": "le", "gt": "gt", "ge": "gt"}[op]
    names = {kind: name for name, kind in INTEGERS.items()}
    low, high = integer_range(names[type(value_type(logical, pl.String()))])
    if low <= bound <= high:
        return op, bound
    beyond = bound > high
    return op == "ne" or (op in ("lt", "le") if beyond else op in ("gt", "ge"))


def _constant(value: pl.Expr, answer: bool) -> pl.Expr:
    return pl.when(value.is_not_null()).then(pl.lit(answer))


def in_literals(value: pl.Expr, literals: Sequence[Value | Decimal], logical: LogicalType) -> pl.Expr:
    """Whether a typed cell is one of the values; unknown for a missing cell."""
    kind = value_type(logical, pl.String())
    return value.is_in(pl.lit(pl.Series(list(literals), dtype=kind)).implode())


def comparable(
    left: pl.Expr, left_type: LogicalType, right: pl.Expr, right_type: LogicalType, timezone: str
) -> tuple[pl.Expr, pl.Expr] | None:
    """Both sides in one type, or None where the types do not mix.

    Integer against number as doubles; date against timestamp by its midnight in `timezone`.
    """
    names = (left_type.name or "string", right_type.name or "string")
    if names[0] in ("object", "array"):
        return None
    if names[0] == names[1]:
        return _same_width(left, left_type, right, right_type) if names[0] == "integer" else (left, right)
    if set(names) == {"integer", "number"}:
        return left.cast(pl.Float64), right.cast(pl.Float64)
    if set(names) == {"date", "timestamp"}:
        return (
            _instant(left, timezone) if names[0] == "date" else left,
            _instant(right, timezone) if names[1] == "date" else right,
        )
    return None


def _same_width(
    left: pl.Expr, left_type: LogicalType, right: pl.Expr, right_type: LogicalType
) -> tuple[pl.Expr, pl.Expr]:
    kinds = {value_type(left_type, pl.String()), value_type(right_type, pl.String())}
    if len(kinds) == 1:
        return left, right
    if pl.UInt128() not in kinds:
        return left.cast(pl.Int128), right.cast(pl.Int128)
    # No integer type holds both: fixed-width decimal text of the positive shift orders as the numbers do.
    return _ordered_text(left), _ordered_text(right)


def _ordered_text(value: pl.Expr) -> pl.Expr:
    negative = value < 0
    high = value.cast(pl.UInt128, strict=False).cast(pl.String).str.zfill(40)
    # A negative i128 moved up to be counted from zero: larger means nearer to zero.
    moved = value.cast(pl.Int128, strict=False) + pl.lit(2**127 - 1, dtype=pl.Int128) + 1
    low = moved.cast(pl.String).str.zfill(40)
    return pl.when(negative).then(pl.lit("-") + low).otherwise(pl.lit("0") + high)


def _instant(day: pl.Expr, timezone: str) -> pl.Expr:
    return temporal.in_zone_expr(day.cast(pl.Datetime("us")), timezone)
