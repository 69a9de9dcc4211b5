"""`drift_psi` on ibis."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import NUMBER_TYPES, Finding
from governance.validation.kinds.drift_psi.judging import of_counts, shares
from governance.validation.kinds.ibis_base import SELECTED, IbisBody, IbisBound
from governance.validation.kinds.ibis_ranks import quantiles

if TYPE_CHECKING:
    import ibis.expr.types as ir


def measure(bound: IbisBound) -> Finding:
    """Old edges first, then both sides by bin."""
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    source = bound.previous() if bound["against"] is None else bound.source(bound["against"])
    before = source.prepared(bound.rule.reads)
    if bound.rule.where is not None:
        before = before.filter(bound.helper(SELECTED, before))
    name = bound.rule.columns[0]
    old, new = (table.select(value=table[name]) for table in (before, bound.filtered))
    if bound.column.logical.name in NUMBER_TYPES:
        old, new = (table.mutate(value=table["value"].cast("float64")) for table in (old, new))
        held = old.filter(old["value"].notnull())
        edges = sorted(set(quantiles(bound.fetch, held, shares(bound.polars))))
        old, new = _binned(old, edges), _binned(new, edges)
    return of_counts(bound.polars, _counts(bound, old), _counts(bound, new))


def _binned(table: ir.Table, edges: list[float]) -> ir.Table:
    """How many edges a value is beyond; null where missing."""
    import ibis

    value = table["value"]
    passed = reduce(add, [(value > edge).cast("int64") for edge in edges], ibis.literal(0, "int64"))
    return table.select(value=value.notnull().ifelse(passed, None))


def _counts(bound: IbisBound, table: ir.Table) -> dict[object, int]:
    counts = bound.fetch(table.group_by("value").aggregate(n=table.count()))
    return dict(zip(counts["value"].to_list(), counts["n"].to_list(), strict=True))


BODY = IbisBody(measure=measure)
