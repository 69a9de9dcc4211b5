"""`dtype` on ibis: the column's own type was tried when the table was prepared; another one, by Polars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from governance.validation.kinds.base import Bound
from governance.validation.kinds.dtype import on_polars
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_comparing import where

if TYPE_CHECKING:
    import ibis.expr.types as ir


def helpers(bound: Bound) -> Mapping[str, pl.Expr]:
    """Whether cells can be read as another type than the column's; raises Unjudgeable."""
    return {} if _is_own(bound) else {"ok": on_polars.ok(bound)}


def ok(bound: IbisBound) -> ir.BooleanValue:
    """True where castable, null where missing."""
    if not _is_own(bound.polars):
        return bound.helper("ok")
    name = bound.rule.columns[0]
    return where(~bound.missing(name), ~bound.uncastable(name))


def _is_own(bound: Bound) -> bool:
    return not bound.column.is_nested and on_polars.wanted(bound) == bound.column.logical


BODY = IbisBody(helpers=helpers, ok=ok)
