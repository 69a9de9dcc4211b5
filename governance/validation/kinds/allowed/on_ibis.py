"""`allowed` on ibis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from governance.validation.kinds.allowed import on_polars
from governance.validation.kinds.base import Bound
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_comparing import in_literals
from governance.validation.kinds.ibis_keys import is_full, key_helpers, key_names, other_keys, unknown
from governance.validation.text import normalise_text

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PLAIN = ("string", "integer", "number", "date", None)


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """Pandera's `isin`, but for times and zoned timestamps."""
    found = on_polars.builtin(bound)
    return found if bound.column.logical.name in _PLAIN else None


def ok(bound: IbisBound) -> ir.BooleanValue | None:
    """Looked up in the list; a code table is joined instead."""
    if bound["values"] is None:
        return None
    steps = bound["normalise"] if bound.column.is_text else ()
    wanted = [normalise_text(item, steps) if steps else item for item in bound["values"]]
    (name,) = key_names(bound, bound.rule.columns, steps)
    return in_literals(bound.table[name], wanted, bound.column.logical)


def failing(bound: IbisBound) -> ir.Table:
    """Rows whose value the code table lacks."""
    names = key_names(bound, bound.rule.columns, bound["normalise"])
    keys = other_keys(bound, bound["reference"], (bound["reference_column"],), bound["normalise"])
    return unknown(bound.filtered.filter(is_full(bound.table, names)), names, keys)


BODY = IbisBody(
    helpers=lambda bound: key_helpers(bound, bound.rule.columns, bound["normalise"]),
    builtin=builtin,
    ok=ok,
    checked=lambda bound: bound.keyed(bound.rule.columns),
    failing=failing,
)
