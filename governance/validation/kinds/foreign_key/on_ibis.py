"""`foreign_key` on ibis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_keys import is_partial, key_helpers, key_names, other_keys, unknown

if TYPE_CHECKING:
    import ibis.expr.types as ir


def checked(bound: IbisBound) -> ir.BooleanValue:
    """Rows with a full key; `full` also checks keys that are partly missing."""
    if bound["match"] == "simple":
        return bound.keyed(bound.rule.columns)
    some = is_partial(bound.table, bound.rule.columns)
    return some if bound.selected is None else some & bound.selected


def failing(bound: IbisBound) -> ir.Table:
    """Rows whose key the reference lacks; a key with a missing part is never found."""
    names = key_names(bound, bound.rule.columns)
    return unknown(bound.table.filter(checked(bound)), names, parents(bound))


def parents(bound: IbisBound) -> ir.Table:
    """Distinct complete keys of the reference."""
    return other_keys(bound, bound["reference"], bound["reference_columns"])


BODY = IbisBody(
    helpers=lambda bound: key_helpers(bound, bound.rule.columns, ()), checked=checked, failing=failing
)
