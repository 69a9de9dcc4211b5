"""`row_count_change` on ibis."""

from __future__ import annotations

from governance.validation.kinds.base import Finding
from governance.validation.kinds.ibis_base import SELECTED, IbisBody, IbisBound
from governance.validation.kinds.row_count_change.judging import of_counts


def measure(bound: IbisBound) -> Finding:
    """Rows here and in the previous version."""
    previous = bound.previous()
    if bound.rule.where is None:
        old = previous.rows
    else:
        before = previous.prepared(bound.rule.reads)
        selected = before.filter(bound.helper(SELECTED, before))
        old = bound.fetch(selected.aggregate(rows=selected.count())).item()
    rows = bound.filtered
    new = bound.fetch(rows.aggregate(rows=rows.count())).item()
    return of_counts(bound.polars, int(new), int(old))


BODY = IbisBody(measure=measure)
