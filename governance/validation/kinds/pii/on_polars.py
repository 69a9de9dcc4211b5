"""`pii` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.casts import canonical_text_expr
from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.pii import pii_expr


def ok(bound: Bound) -> pl.Expr:
    """Over the columns of a row; null where none holds a value."""
    texts = [
        canonical_text_expr(bound.raw(name), bound.resources.physical[name]) for name in bound.rule.columns
    ]
    require = bound["mode"] == "require"
    held = [pii_expr(text, bound["detect"], today=bound.resources.today, whole=require) for text in texts]
    some = pl.any_horizontal([text.is_not_null() for text in texts])
    if require:
        return pl.when(some).then(pl.all_horizontal([found.fill_null(True) for found in held]))
    return pl.when(some).then(~pl.any_horizontal([found.fill_null(False) for found in held]))


BODY = PolarsBody(ok=ok)
