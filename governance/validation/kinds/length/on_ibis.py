"""`length` on ibis. Spark counts code points, as the rules do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.length import on_polars

if TYPE_CHECKING:
    import ibis.expr.types as ir


def ok(bound: IbisBound) -> ir.BooleanValue:
    """Code points within the bounds."""
    bound.polars.need_text()
    least, most = bound["min"] or 0, bound["max"]
    size = bound.value.length()
    found: ir.BooleanValue = size >= least if most is None else size.between(least, most)
    return found


BODY = IbisBody(builtin=on_polars.builtin, ok=ok)
