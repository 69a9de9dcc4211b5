"""`compare` on Polars."""

from __future__ import annotations

import math
from decimal import Decimal

import polars as pl

from governance.validation.comparing import COMPARISONS, comparable
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import NUMBER_TYPES, Bound, PolarsBody


def ok(bound: Bound) -> pl.Expr:
    """Null where an operand is missing or a computed one is not a number."""
    left, right = bound["left"], bound["right"]
    sides = comparable(
        left.expr(bound.cells), left.logical, right.expr(bound.cells), right.logical, bound.resources.timezone
    )
    if sides is None:
        raise Unjudgeable("type_mismatch")
    epsilon: Decimal = bound["epsilon"]
    if not epsilon or left.logical.name not in NUMBER_TYPES:
        return COMPARISONS[bound["op"]](*sides)
    if left.logical.name == right.logical.name == "integer":
        return _whole(*sides, bound["op"], epsilon)
    return _doubles(*sides, bound["op"], float(epsilon))


def _whole(left: pl.Expr, right: pl.Expr, op: str, epsilon: Decimal) -> pl.Expr:
    """Integers stay exact: their difference is compared with the whole part of epsilon."""
    gap = left.cast(pl.Int128) - right.cast(pl.Int128)
    near, below = math.floor(epsilon), math.ceil(epsilon) - 1
    return {
        "eq": gap.abs() <= near,
        "ne": gap.abs() > near,
        "le": gap <= near,
        "ge": gap >= -near,
        "lt": gap <= below,
        "gt": gap >= -below,
    }[op]


def _doubles(left: pl.Expr, right: pl.Expr, op: str, epsilon: float) -> pl.Expr:
    # Two equal infinities differ by NaN, which every engine orders in its own way; equality is asked first.
    near = (left == right) | ((left - right).abs().fill_nan(math.inf) <= epsilon)
    return {
        "eq": near,
        "ne": ~near,
        "le": left <= right + epsilon,
        "ge": left >= right - epsilon,
        "lt": left < right + epsilon,
        "gt": left > right - epsilon,
    }[op]


BODY = PolarsBody(ok=ok)
