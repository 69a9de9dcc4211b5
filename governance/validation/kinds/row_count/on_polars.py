"""`row_count` on Polars."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody


def count(bound: Bound) -> Mapping[str, pl.Expr]:
    """Rows the `where` selects."""
    return {"rows": pl.len() if bound.selected is None else bound.selected.sum()}


BODY = PolarsBody(aggregates=count)
