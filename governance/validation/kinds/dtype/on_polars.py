"""`dtype` on Polars."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from governance.validation.casts import LogicalType, cast_expr
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import RAW, Bound, PolarsBody


def wanted(bound: Bound) -> LogicalType:
    """The column's type with the rule's own `type` and `format` over it."""
    logical = bound.column.logical
    given, form = bound["type"], bound["format"]
    if given is not None and given != logical.name:
        return replace(logical, name=given, format=form)
    return logical if form is None else replace(logical, format=form)


def ok(bound: Bound) -> pl.Expr:
    """True where castable, null where missing."""
    name = bound.rule.columns[0]
    logical = wanted(bound)
    physical = bound.resources.physical[name]
    if logical.name in ("object", "array"):
        return _nested(bound, logical, physical)
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    if logical == bound.column.logical:
        return pl.when(~bound.missing(name)).then(~bound.uncastable(name))
    plan = cast_expr(RAW + name, physical, logical)
    return pl.when(~plan.missing).then(~plan.uncastable)


def _nested(bound: Bound, logical: LogicalType, physical: pl.DataType) -> pl.Expr:
    """Object and array: only the stored type of a Parquet or Delta column can be compared."""
    if bound.resources.file_format in ("csv", "csv.gz"):
        raise Unjudgeable("unsupported_type")
    right = (
        isinstance(physical, pl.Struct)
        if logical.name == "object"
        else isinstance(physical, pl.List | pl.Array)
    )
    return pl.when(~bound.missing(bound.rule.columns[0])).then(pl.lit(right))


BODY = PolarsBody(ok=ok)
