"""`aggregate_band` on ibis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.aggregate_band import judge
from governance.validation.kinds.base import NUMBER_TYPES, ORDERED_TYPES, Finding
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_ranks import quantiles

if TYPE_CHECKING:
    import ibis.expr.types as ir


def aggregates(bound: IbisBound) -> Mapping[str, ir.Scalar] | None:
    """What the statistic is computed from. Integers are summed as decimals, so that no sum wraps round."""
    import ibis

    stat, value, selected = bound["stat"], bound.value, bound.selected
    _check_type(bound)
    if stat in ("median", "quantile", "distinct"):
        return None
    count = value.count(where=selected)
    if stat in ("min", "max"):
        return {"count": count, "value": getattr(value, stat)(where=selected)}
    if bound.column.logical.name == "integer" and stat != "std":
        whole = value.cast("decimal(38, 0)")
        return {"count": count, "high": ibis.literal(0), "low": whole.sum(where=selected)}
    number = value.cast("float64")
    found = (
        number.std(where=selected, how="sample") if stat == "std" else getattr(number, stat)(where=selected)
    )
    return {"count": count, "value": found}


def measure(bound: IbisBound) -> Finding:
    """Statistics that need the whole column."""
    _check_type(bound)
    rows = bound.filtered
    name = bound.rule.columns[0]
    held = rows.select(value=rows[name]).filter(rows[name].notnull())
    if bound["stat"] == "distinct":
        counted = held.aggregate(count=held.count(), value=held["value"].nunique())
        return judge(bound.polars, bound.fetch(counted).row(0, named=True))
    share = 0.5 if bound["stat"] == "median" else float(bound["q"])
    held = held.mutate(value=held["value"].cast("float64"))
    found = quantiles(bound.fetch, held, [share])
    return judge(bound.polars, {"count": len(found), "value": found[0] if found else None})


def _check_type(bound: IbisBound) -> None:
    stat = bound["stat"]
    if stat != "distinct":
        bound.polars.need(*(ORDERED_TYPES if stat in ("min", "max") else NUMBER_TYPES))
    elif bound.column.is_nested:
        raise Unjudgeable("unsupported_type")


BODY = IbisBody(aggregates=aggregates, measure=measure)
