"""`multiple_of` on Polars."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from governance.validation.kinds.base import NUMBER_TYPES, Bound, PolarsBody


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


BODY = PolarsBody(ok=ok)
