"""`min_per_value` on ibis."""

from __future__ import annotations

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Finding
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_comparing import compare_literal
from governance.validation.kinds.min_per_value import of_counts


def measure(bound: IbisBound) -> Finding:
    """The counts of the listed values, else the least of those present."""
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    rows, name = bound.filtered, bound.rule.columns[0]
    if bound["values"] is None:
        held = rows.filter(rows[name].notnull())
        counts = held.group_by(name).aggregate(n=held.count())
        found = list(bound.fetch(counts.aggregate(least=counts["n"].min())).row(0))
    else:
        wanted = {
            str(place): rows.count(where=compare_literal(rows[name], "eq", value, bound.column.logical))
            for place, value in enumerate(bound["values"])
        }
        found = [count or 0 for count in bound.fetch(rows.aggregate(**wanted)).row(0)] if wanted else []
    return of_counts(bound.polars, [int(count) for count in found if count is not None])


BODY = IbisBody(measure=measure)
