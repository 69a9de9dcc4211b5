"""Column types Delta can hold: others are widened without loss before they are written."""

from __future__ import annotations

import polars as pl

from catalog.lake.errors import LakeError
from governance.validation.casts import canonical_text_expr

_WIDER: dict[type[pl.DataType], pl.DataType] = {
    pl.UInt8: pl.Int16(),
    pl.UInt16: pl.Int32(),
    pl.UInt32: pl.Int64(),
    pl.UInt64: pl.Decimal(20, 0),
    pl.Float16: pl.Float32(),
    pl.Null: pl.String(),
    pl.Categorical: pl.String(),
    pl.Enum: pl.String(),
}
_AS_TEXT = (pl.Int128, pl.UInt128, pl.Time, pl.Duration)
"""Kept as canonical text: Delta has no type that holds every value of them."""


def storable(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with every column of a type Delta holds; raises `lake_type_unsupported`."""
    changes = []
    for name, kind in frame.collect_schema().items():
        changed = _change(pl.col(name), kind, name)
        if changed is not None:
            changes.append(changed.alias(name))
    return frame.with_columns(changes)


def _change(cell: pl.Expr, kind: pl.DataType, name: str) -> pl.Expr | None:
    wider = _WIDER.get(type(kind))
    if wider is not None:
        return cell.cast(wider)
    if isinstance(kind, _AS_TEXT):
        return canonical_text_expr(cell, kind)
    if isinstance(kind, pl.Datetime):
        micro = cell.dt.cast_time_unit("us")
        return micro if kind.time_zone is None else micro.dt.convert_time_zone("UTC")
    if isinstance(kind, pl.Object):
        raise LakeError("lake_type_unsupported", name)
    return None
