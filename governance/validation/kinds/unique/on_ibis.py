"""`unique` on ibis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_keys import key_helpers, key_names, repeated

if TYPE_CHECKING:
    import ibis.expr.types as ir


def checked(bound: IbisBound) -> ir.BooleanValue:
    """Rows with a full key; every selected row where missing equals missing."""
    import ibis

    if bound["nulls"] == "equal":
        return ibis.literal(True) if bound.selected is None else bound.selected
    return bound.keyed(bound.rule.columns)


def failing(bound: IbisBound) -> ir.Table:
    """Rows of repeated keys."""
    names = key_names(bound, bound.rule.columns, bound["normalise"])
    return repeated(bound.table.filter(checked(bound)), names)


BODY = IbisBody(
    helpers=lambda bound: key_helpers(bound, bound.rule.columns, bound["normalise"]),
    checked=checked,
    failing=failing,
)
