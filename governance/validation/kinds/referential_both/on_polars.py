"""`referential_both` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, Finding, PolarsBody
from governance.validation.kinds.foreign_key.on_polars import ok, parents
from governance.validation.kinds.keys import key_parts
from governance.validation.kinds.referential_both import of_parents


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """The parents' side: distinct parent keys that no selected row names."""
    known = parents(bound)
    parts = key_parts(bound, bound.rule.columns)
    used = bound.filtered(frame).select(parts).drop_nulls().unique().collect(engine="streaming")
    children = used.to_series() if len(parts) == 1 else used.to_struct("key")
    unmatched = len(known) - int(known.is_in(children.implode()).sum())
    return of_parents(bound, unmatched, len(known))


BODY = PolarsBody(ok=ok, measure=measure)
