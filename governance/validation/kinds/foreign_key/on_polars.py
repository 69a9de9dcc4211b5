"""`foreign_key` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.keys import is_known, key_parts, other_keys


def parents(bound: Bound) -> pl.Series:
    """Distinct complete keys of the reference."""
    names = bound.rule.columns
    like = tuple(bound.columns[name] for name in names)
    frame = bound.resources.reference(bound["reference"]).keys(bound["reference_columns"], like)
    return other_keys(frame, len(names), tuple(column.is_text for column in like))


def ok(bound: Bound) -> pl.Expr:
    """Whether the key is known; `full` also fails keys that are partly missing."""
    parts = key_parts(bound, bound.rule.columns)
    known = is_known(parts, parents(bound))
    if bound["match"] == "simple":
        return known
    some = pl.any_horizontal([part.is_not_null() for part in parts])
    return pl.when(some).then(known.fill_null(False))


BODY = PolarsBody(ok=ok)
