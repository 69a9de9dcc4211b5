"""`leakage` on ibis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_keys import is_full, key_helpers, key_names, known, other_keys

if TYPE_CHECKING:
    import ibis.expr.types as ir


def failing(bound: IbisBound) -> ir.Table:
    """Rows whose key is in the other data set; text is normalised on both sides."""
    columns, steps = bound.rule.columns, bound["normalise"]
    names = key_names(bound, columns, steps)
    keys = other_keys(bound, bound["against"], columns, steps)
    return known(bound.filtered.filter(is_full(bound.table, names)), names, keys)


BODY = IbisBody(
    helpers=lambda bound: key_helpers(bound, bound.rule.columns, bound["normalise"]),
    checked=lambda bound: bound.keyed(bound.rule.columns),
    failing=failing,
)
