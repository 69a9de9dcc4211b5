"""The prepared frame: typed columns under property names, with what the raw cells were (standard-rules
§2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from governance.validation.casts import LogicalType, cast_expr, value_type
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import MISSING, RAW, ROW, UNCASTABLE
from governance.validation.model import Column, CsvForm, ObjectForm
from governance.validation.reading import CsvSettings, RawTable


@dataclass(frozen=True)
class Prepared:
    """A raw table seen through the columns of an object. Columns the data lacks are left out of
    `physical`."""

    frame: pl.LazyFrame
    physical: Mapping[str, pl.DataType]
    source: RawTable


def csv_settings(form: CsvForm | None) -> CsvSettings:
    """How to read a CSV of an object."""
    return CsvSettings() if form is None else CsvSettings(form.delimiter, form.encoding)


def prepare(table: RawTable, columns: Mapping[str, Column]) -> Prepared:
    """Per present column P: `P` (typed, null where missing or uncastable), and its raw, missing and
    uncastable
    companions; `_gavel_row` first."""
    wanted: list[pl.Expr] = [pl.col(ROW)]
    physical: dict[str, pl.DataType] = {}
    for name, column in columns.items():
        stored = table.schema.get(column.physical_name)
        if stored is None:
            continue
        physical[name] = stored
        plan = cast_expr(column.physical_name, stored, read_as(column, stored))
        wanted += [
            plan.value.alias(name),
            pl.col(column.physical_name).alias(RAW + name),
            plan.missing.alias(MISSING + name),
            plan.uncastable.alias(UNCASTABLE + name),
        ]
    return Prepared(table.frame.select(wanted), physical, table)


def read_as(column: Column, stored: pl.DataType) -> LogicalType:
    """A column without logicalType is text: stored values of other types become their canonical text."""
    if column.logical.name is None and not stored.is_nested():
        return replace(column.logical, name="string", format=None)
    return column.logical


class Other:
    """A reference or previous version, as rules see it (`kinds.base.KeySource`)."""

    def __init__(self, table: RawTable, form: ObjectForm | None) -> None:
        self._table = table
        self._form = form

    @property
    def rows(self) -> int:
        """Number of records."""
        return self._table.rows

    def keys(self, names: tuple[str, ...], like: tuple[Column, ...]) -> pl.LazyFrame:
        """Typed columns `0`, `1`, …; raises Unjudgeable `column_missing`, `type_mismatch`."""
        parts = [
            self._key(name, child, place) for place, (name, child) in enumerate(zip(names, like, strict=True))
        ]
        return self._table.frame.select(parts)

    def _key(self, name: str, child: Column, place: int) -> pl.Expr:
        own = self._form.columns.get(name) if self._form else None
        header = own.physical_name if own else name
        stored = self._table.schema.get(header)
        if stored is None:
            raise Unjudgeable("column_missing")
        column = own or child
        if column.is_nested:
            raise Unjudgeable("unsupported_type")
        if (column.logical.name or "string") != (child.logical.name or "string"):
            raise Unjudgeable("type_mismatch")
        value = cast_expr(header, stored, read_as(column, stored)).value
        if child.logical.name == "integer":
            # Both sides in the child's width, so that keys compare exactly; what does not fit matches
            # nothing.
            value = value.cast(value_type(child.logical, pl.String()), strict=False)
        return value.alias(str(place))

    def table(self) -> pl.LazyFrame:
        """All columns by property name where the standard has the object, else by header, as text."""
        if self._form is not None:
            return prepare(self._table, self._form.columns).frame
        plain = {name: Column(name, name, LogicalType("string")) for name in self._table.columns}
        return prepare(self._table, plain).frame

    def prepared(self, reads: tuple[str, ...]) -> pl.LazyFrame:
        """Prepared like the judged table; raises Unjudgeable `column_missing`."""
        columns = self._form.columns if self._form else {}
        seen = prepare(self._table, columns)
        if any(name not in seen.physical for name in reads):
            raise Unjudgeable("column_missing")
        return seen.frame
