"""`conditional` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody


def ok(bound: Bound) -> pl.Expr:
    """Null where `if` is not true or `then` is unknown."""
    condition = bound["if"].expr(bound.cells).fill_null(False)
    return pl.when(condition).then(bound["then"].expr(bound.cells))


BODY = PolarsBody(ok=ok)
