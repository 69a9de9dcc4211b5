"""`category_share` on ibis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.category_share import banded
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_comparing import compare_literal

if TYPE_CHECKING:
    import ibis.expr.types as ir


def aggregates(bound: IbisBound) -> Mapping[str, ir.Scalar]:
    """Rows that hold a value, and those that hold each value with a band."""
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    counts: dict[str, ir.Scalar] = {"rows": bound.value.count(where=bound.selected)}
    for place, wanted in enumerate(banded(bound.polars)):
        held = compare_literal(bound.value, "eq", wanted, bound.column.logical)
        held = held if bound.selected is None else held & bound.selected
        counts[str(place)] = bound.table.count(where=held).fill_null(0)
    return counts


BODY = IbisBody(aggregates=aggregates)
