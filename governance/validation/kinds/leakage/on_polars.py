"""`leakage` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.keys import is_known, key_parts, other_keys


def ok(bound: Bound) -> pl.Expr:
    """False where the key is in the other data set; text is normalised on both sides."""
    names, steps = bound.rule.columns, bound["normalise"]
    like = tuple(bound.columns[name] for name in names)
    other = bound.resources.reference(bound["against"]).keys(names, like)
    keys = other_keys(other, len(names), tuple(column.is_text for column in like), steps)
    return ~is_known(key_parts(bound, names, steps), keys)


BODY = PolarsBody(ok=ok)
