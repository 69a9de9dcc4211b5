"""`multiple_of`: values are multiples of a step (standard-rules §4)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from governance.validation.kinds.base import NUMBER_TYPES, Bound, Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, bad, number


def step(value: Any, place: Place) -> Decimal:
    """A number above zero."""
    exact = number(value, place)
    if exact <= 0:
        raise bad(place, "of", "must be greater than zero", "必须大于零")
    return exact


def ok(bound: Bound) -> pl.Expr:
    """Integers exactly; numbers within 1e-9 of a whole quotient. An infinite value is a multiple of
    nothing."""
    bound.need(*NUMBER_TYPES)
    value = bound.value
    if bound.column.logical.name == "integer":
        # v is a multiple of n/d exactly when n divides v·d; reducing v first keeps the product small.
        part = Fraction(bound["of"])
        if part.numerator >= 1 << 62:
            return pl.when(value.is_not_null()).then(value == 0)
        rest = value.cast(pl.Int128) % part.numerator * (part.denominator % part.numerator) % part.numerator
        return rest == 0
    quotient = value / float(bound["of"])
    near = (quotient - quotient.round()).abs() <= 1e-9
    return pl.when(value.is_not_null()).then(near & quotient.is_finite())


register(
    Kind(
        name="multiple_of",
        level="row",
        severity="minor",
        dimension="conformity",
        parameters={"of": Parameter(step, REQUIRED)},
        sentence=lambda rule: (
            f"{rule.columns[0]} is a multiple of {rule.written['of']}",
            f"{rule.columns[0]} 须为 {rule.written['of']} 的整数倍",
        ),
        ok=ok,
    )
)
