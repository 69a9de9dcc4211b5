"""`freshness` on ibis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from governance.validation.kinds.base import INSTANT_TYPES
from governance.validation.kinds.ibis_base import IbisBody, IbisBound

if TYPE_CHECKING:
    import ibis.expr.types as ir


def newest(bound: IbisBound) -> Mapping[str, ir.Scalar]:
    """The newest selected value."""
    bound.polars.need(*INSTANT_TYPES)
    return {"newest": bound.value.max(where=bound.selected)}


BODY = IbisBody(aggregates=newest)
