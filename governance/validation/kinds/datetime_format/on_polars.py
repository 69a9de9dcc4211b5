"""`datetime_format` on Polars."""

from __future__ import annotations

from functools import reduce

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.temporal import local_expr, parse_format


def ok(bound: Bound) -> pl.Expr:
    """Some format reads the text as a real date and time."""
    bound.need_text()
    fits = [local_expr(bound.value, parse_format(form)).is_not_null() for form in bound["formats"]]
    return pl.when(bound.value.is_not_null()).then(reduce(pl.Expr.or_, fits))


BODY = PolarsBody(ok=ok)
