"""`ordered` on ibis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.validation.kinds.base import ROW
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ordered import needed

if TYPE_CHECKING:
    import ibis.expr.types as ir


def checked(bound: IbisBound) -> ir.BooleanValue:
    """Rows with a value, a group and an order key."""
    return bound.keyed(needed(bound.polars))


def failing(bound: IbisBound) -> ir.Table:
    """Rows whose value goes the wrong way from the one before it in the group."""
    import ibis

    rows = bound.table.filter(checked(bound))
    order = [rows[name] for name in (*bound["order_by"], ROW)]
    value = rows[bound.rule.columns[0]]
    groups = [rows[name] for name in bound["group_by"]] or None
    before = value.lag().over(ibis.window(group_by=groups, order_by=order))
    rising = bound["direction"] == "increasing"
    if bound["strict"]:
        wrong = value <= before if rising else value >= before
    else:
        wrong = value < before if rising else value > before
    marked = rows.mutate(_gavel_wrong=wrong)
    return marked.filter(marked["_gavel_wrong"]).drop("_gavel_wrong")


BODY = IbisBody(checked=checked, failing=failing)
