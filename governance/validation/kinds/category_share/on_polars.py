"""`category_share` on Polars."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from governance.validation.comparing import compare_literal
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.category_share import banded


def aggregates(bound: Bound) -> Mapping[str, pl.Expr]:
    """Rows that hold a value, and those that hold each value with a band."""
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    value = bound.value if bound.selected is None else bound.value.filter(bound.selected)
    counts = {
        str(place): compare_literal(value, "eq", wanted, bound.column.logical).sum()
        for place, wanted in enumerate(banded(bound))
    }
    return {"rows": value.count(), **counts}


BODY = PolarsBody(aggregates=aggregates)
