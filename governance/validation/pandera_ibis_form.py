"""Rules as `pandera.ibis` checks (standard-rules §4, §7.1): the same names as on Polars, one body per engine.

The fused Spark query takes its expressions from these very checks. Written against pandera 0.35 and ibis 12;
private names used: `Check._check_fn`, `Check._check_kwargs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis.expr.types as ir
import pandera.backends.ibis.builtin_checks  # noqa: F401 - registers the built-ins for ibis
from pandera.api.checks import Check
from pandera.api.ibis.types import IbisData

from governance.validation.kinds import registry
from governance.validation.kinds.base import ROW, Kind
from governance.validation.kinds.ibis_base import IbisBound, ibis_body
from governance.validation.kinds.ibis_comparing import where
from governance.validation.model import NotBound
from governance.validation.pandera_form import NotFusable  # registers the checks for Polars first


def row_value(bound: IbisBound) -> ir.BooleanValue | None:
    """True, False or null = not checked, with the rule's `where`; None where it needs more than one row."""
    body = ibis_body(bound.rule.kind)
    right = None if body.ok is None else body.ok(bound)
    if right is None or bound.selected is None:
        return right
    return where(bound.selected, right)


def check_of(bound: IbisBound) -> Check:
    """The Pandera check of a bound rule; raises Unjudgeable."""
    kind, body = registry()[bound.rule.kind], ibis_body(bound.rule.kind)
    if body.builtin is not None and bound.rule.where is None:
        found = body.builtin(bound.polars)
        if found is not None:
            name, arguments = found
            built: Check = getattr(Check, name)(**arguments, name=bound.rule.id)
            return built
    check: Check = Check.from_builtin_check_name(
        kind.check_name, {"name": bound.rule.id}, error=kind.check_name, bound=bound
    )
    return check


def captured(check: Check, table: ir.Table, column: str | None) -> ir.BooleanValue:
    """The Boolean expression Pandera would select from the table; raises NotFusable."""
    function = check._check_fn
    name = getattr(function, "__name__", "")
    if Check.is_builtin_check(name):  # schemas hold copies of the dispatcher; reload as Check.__call__ does
        function = Check.get_builtin_check_fn(name)
    found = function(IbisData(table, column), **check._check_kwargs)
    values = list(found.op().values.values()) if isinstance(found, ir.Table) else []
    if len(values) != 1:
        raise NotFusable(name)
    value: ir.BooleanValue = values[0].to_expr()
    return value


def finding_holds(bound: IbisBound, table: ir.Table) -> bool:
    """Whether a table rule holds, by itself."""
    kind, body = registry()[bound.rule.kind], ibis_body(bound.rule.kind)
    wanted = None if body.aggregates is None else body.aggregates(bound)
    if wanted is not None and kind.judge is not None:
        values = bound.fetch(table.aggregate(**wanted)).row(0, named=True) if wanted else {}
        return kind.judge(bound.polars, values).ok
    if body.measure is None:
        raise NotBound
    return body.measure(bound).ok


def _body(kind: Kind) -> Callable[..., Any]:
    def run(data: IbisData, bound: IbisBound) -> Any:
        if bound.rule.level == "table":
            return finding_holds(bound, data.table)
        right = row_value(bound)
        if right is not None:
            return data.table.select(right.name("right"))
        own = ibis_body(bound.rule.kind)
        if own.failing is None or own.checked is None:
            raise NotBound
        wrong = own.failing(bound).select(wrong=ROW).distinct()
        joined = data.table.left_join(wrong, data.table[ROW] == wrong["wrong"])
        return joined.select(right=where(own.checked(bound), joined["wrong"].isnull()))

    run.__name__ = kind.check_name
    run.__annotations__ = {"data": IbisData, "bound": IbisBound, "return": Any}
    return run


for _name, _kind in {kind.check_name: kind for kind in registry().values()}.items():
    Check.register_builtin_check_fn(_body(_kind))
