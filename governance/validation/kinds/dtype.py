"""`dtype`: every cell can be read as the column's type (standard-rules §2.4, §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from governance.validation.casts import LogicalType, cast_expr
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import RAW, Bound, Kind, register
from governance.validation.kinds.parameters import Parameter, Place, bad, one_of, text
from governance.validation.model import Column, Rule

TYPES = ("string", "date", "timestamp", "time", "number", "integer", "boolean", "object", "array")


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


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """A type is needed: its own or the column's."""
    if rule.parameters["type"] is None and columns[rule.columns[0]].logical.name is None:
        raise bad(Place(rule.kind, columns), "type", "is missing", "缺失")


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    kind = rule.parameters["type"]
    column = rule.columns[0]
    shown = kind or "the declared type"
    return f"{column} can be read as {shown}", f"{column} 须可读作 {kind or '声明的类型'}"


register(
    Kind(
        name="dtype",
        level="row",
        severity="blocker",
        dimension="conformity",
        parameters={"type": Parameter(one_of(*TYPES)), "format": Parameter(text)},
        sentence=sentence,
        ok=ok,
        verify=verify,
        pandera="gavel_castable",
    )
)
