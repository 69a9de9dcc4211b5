"""What runs on the executors: slices of the data, prepared by the embedded engine's own expressions.

Spark gives a Python worker the numbers of slices; the worker reads those rows with the one reader of every
engine, evaluates the Polars expressions of `engine.preparing` and of the rules' helpers, and hands Arrow
batches back. What travels there is plain data; the standard is compiled once per worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Protocol

import polars as pl

from governance.validation.casts import LogicalType, canonical_text_expr
from governance.validation.engine.preparing import Other, prepare
from governance.validation.kinds.base import MISSING, RAW, ROW, UNCASTABLE, Bound, Resources
from governance.validation.kinds.ibis_base import SELECTED, helper_name, ibis_body
from governance.validation.model import Column, ObjectForm
from governance.validation.pii import pii_expr
from governance.validation.reading import RawTable
from governance.validation.reading.scanning import Scan
from governance.validation.reading.table import Format
from governance.validation.standard import (
    CompiledStandard,
    StandardDocument,
    compile_standard,
    reference_form,
)
from governance.validation.text import normalise_expr

if TYPE_CHECKING:
    import pyarrow as pa

_WIDE = (pl.Int128, pl.UInt128)


@dataclass(frozen=True)
class Source:
    """One table as plain data. `reference` names it where it is one; None for the judged table and the
    previous version."""

    document: StandardDocument
    object_name: str
    now: datetime
    scan: Scan
    slices: tuple[tuple[int, int], ...]
    columns: tuple[str, ...]
    file_format: Format
    reference: str | None = None

    def rows(self, number: int) -> pl.LazyFrame:
        """The rows of one slice, as `RawTable.frame` shows them."""
        return self.scan.rows(*self.slices[number])


@dataclass(frozen=True)
class Piece:
    """Some rows of a source, with the standard compiled."""

    source: Source
    compiled: CompiledStandard
    form: ObjectForm | None
    raw: RawTable

    @classmethod
    def of(cls, source: Source, frame: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> Piece:
        """Rows of the frame."""
        compiled = _compiled(source)
        form: ObjectForm | None = compiled.form
        if source.reference is not None:
            form = reference_form(compiled.document, source.reference)
        raw = RawTable(frame, source.columns, dict(schema), source.file_format, digest="", rows=0)
        return cls(source, compiled, form, raw)

    @property
    def declared(self) -> Mapping[str, Column]:
        """Columns by property name."""
        return self.form.columns if self.form is not None else {}

    def bound(self, rule_id: str, physical: Mapping[str, pl.DataType]) -> Bound:
        """A rule of the standard bound to these rows; it sees no other data set."""
        resources = Resources(
            now=self.source.now,
            timezone=self.compiled.form.timezone,
            table_columns=self.source.columns,
            physical=physical,
            table_name=self.compiled.form.name,
            file_format=self.source.file_format,
        )
        return Bound(self.compiled.rule(rule_id), self.compiled.columns, resources)


class View(Protocol):
    """What is made of the rows of a slice."""

    def of(self, piece: Piece) -> pl.LazyFrame:
        """The rows, in types Spark has."""


@dataclass(frozen=True)
class PreparedView:
    """`_gavel_row`; per present column `P`, `_gavel_missing_P`, `_gavel_uncastable_P`; the rules' helpers."""

    rules: tuple[str, ...]

    def of(self, piece: Piece) -> pl.LazyFrame:
        """Nested and 128-bit columns stay behind: Spark has no type for them."""
        seen = prepare(piece.raw, piece.declared)
        schema = seen.frame.collect_schema()
        wanted = [pl.col(ROW)]
        for name in seen.physical:
            if not schema[name].is_nested() and schema[name] not in _WIDE:
                wanted.append(pl.col(name))
            wanted += [pl.col(MISSING + name), pl.col(UNCASTABLE + name)]
        for rule_id in self.rules:
            wanted += helpers(piece.bound(rule_id, seen.physical))
        return portable(seen.frame.select(wanted))


@dataclass(frozen=True)
class KeysView:
    """Columns `0`, `1`, … of another data set, typed like columns of the judged one, text normalised."""

    names: tuple[str, ...]
    like: tuple[str, ...]
    steps: tuple[str, ...]

    def of(self, piece: Piece) -> pl.LazyFrame:
        """Raises Unjudgeable `column_missing`, `type_mismatch`."""
        like = tuple(piece.compiled.columns[name] for name in self.like)
        frame = Other(piece.raw, piece.form).keys(self.names, like)
        parts = [
            normalise_expr(pl.col(str(place)), self.steps) if column.is_text else pl.col(str(place))
            for place, column in enumerate(like)
        ]
        return portable(frame.select(parts))


@dataclass(frozen=True)
class SqlView:
    """The typed columns by property name; those of a reference without an object of its own as text."""

    selected_by: str | None = None
    """The rule whose `where` leaves rows out."""

    def of(self, piece: Piece) -> pl.LazyFrame:
        """Names as the query says them."""
        columns = piece.declared
        if piece.form is None:
            columns = {name: Column(name, name, LogicalType("string")) for name in piece.source.columns}
        seen = prepare(piece.raw, columns)
        frame = seen.frame
        if self.selected_by is not None:
            frame = piece.bound(self.selected_by, seen.physical).filtered(frame)
        return portable(frame.select(pl.col(list(seen.physical))))


@dataclass(frozen=True)
class CellsView:
    """Canonical text of some columns in some rows."""

    rows: tuple[int, ...]
    names: tuple[str, ...]

    def of(self, piece: Piece) -> pl.LazyFrame:
        """Column `_gavel_row` first."""
        seen = prepare(piece.raw, piece.declared)
        texts = [
            canonical_text_expr(pl.col(RAW + name), seen.physical[name]).alias(name) for name in self.names
        ]
        wanted = pl.Series(self.rows, dtype=pl.Int64).implode()
        return seen.frame.filter(pl.col(ROW).is_in(wanted)).select(ROW, *texts)


@dataclass(frozen=True)
class PiiView:
    """Per column of a `pii` rule, whether the slice holds what it looks for."""

    rule_id: str

    def of(self, piece: Piece) -> pl.LazyFrame:
        """One row of Booleans."""
        seen = prepare(piece.raw, piece.declared)
        bound = piece.bound(self.rule_id, seen.physical)
        found = [
            pii_expr(
                canonical_text_expr(pl.col(RAW + name), seen.physical[name]),
                bound["detect"],
                today=bound.resources.today,
            )
            .any()
            .alias(name)
            for name in bound.rule.columns
        ]
        return bound.filtered(seen.frame).select(found)


def helpers(bound: Bound) -> list[pl.Expr]:
    """The helper columns of a rule by their names in the table; raises Unjudgeable."""
    found = dict(ibis_body(bound.rule.kind).helpers(bound))
    if bound.selected is not None:
        found[SELECTED] = bound.selected
    return [expr.alias(helper_name(bound.rule, name)) for name, expr in found.items()]


def portable(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same values in types Spark has: u64 as decimal, a time of day as its nanoseconds."""
    return frame.select([_portable(pl.col(name), dtype) for name, dtype in frame.collect_schema().items()])


def _portable(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.UInt64):
        return column.cast(pl.Decimal(20, 0))
    if isinstance(dtype, pl.Time):
        return column.to_physical()
    if isinstance(dtype, pl.Datetime):
        return column.dt.cast_time_unit("us") if dtype.time_zone else column.dt.replace_time_zone("UTC")
    if dtype.is_integer() and dtype not in _WIDE:
        return column.cast(pl.Int64)
    plain = (pl.String, pl.Boolean, pl.Float64, pl.Date, pl.Decimal)
    return column if isinstance(dtype, plain) else pl.lit(None, dtype=pl.String).alias(_name(column))


def _name(column: pl.Expr) -> str:
    return column.meta.output_name()


def run(source: Source, view: View, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """On an executor: the batches hold numbers of slices, what comes back is the view of their rows."""
    schema: Mapping[str, pl.DataType] | None = None
    for batch in batches:
        for number in batch.column(0).to_pylist():
            frame = source.rows(number)
            if schema is None:
                schema = {name: kind for name, kind in frame.collect_schema().items() if name != ROW}
            found = view.of(Piece.of(source, frame, schema)).collect(engine="streaming")
            yield from found.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()


def first_wrong(count: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Columns `place` and `row` of failing rows → per place, how many and the first `count` of them."""
    failing: dict[int, int] = {}
    first: dict[int, list[int]] = {}
    for batch in batches:
        pairs = pl.DataFrame(pl.from_arrow(batch))
        found = pairs.group_by("place").agg(failing=pl.len(), rows=pl.col("row").bottom_k(count))
        for place, some, rows in found.iter_rows():
            failing[place] = failing.get(place, 0) + some
            first[place] = sorted([*first.get(place, []), *rows])[:count]
    yield from _few(failing, first)


def first_not_ok(count: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Column `row`, then one Boolean per rule → per rule, the first `count` rows where it is false."""
    first: dict[int, list[int]] = {}
    for batch in batches:
        row, *rules = pl.DataFrame(pl.from_arrow(batch)).iter_columns()
        for place, ok in enumerate(rules):
            kept = first.setdefault(place, [])
            if (len(kept) < count or row[0] < kept[-1]) and not ok.all():  # unknown is not wrong
                first[place] = sorted([*kept, *row.filter(~ok).bottom_k(count)])[:count]
    yield from _few(dict.fromkeys(first, 0), first)


def _few(failing: Mapping[int, int], first: Mapping[int, list[int]]) -> Iterator[pa.RecordBatch]:
    told: list[tuple[int, int, int | None]] = [(place, some, None) for place, some in failing.items()]
    told += [(place, 0, row) for place, rows in first.items() for row in rows]
    found = pl.DataFrame(told, schema=dict.fromkeys(FEW, pl.Int64), orient="row")
    yield from found.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()


FEW = ("place", "failing", "row")
"""Integers that `first_wrong` and `first_not_ok` give for each part of a table: how many fail at a place,
then some of their rows."""

_KEPT: dict[tuple[str, str], CompiledStandard] = {}
_MOST_KEPT = 16


def _compiled(source: Source) -> CompiledStandard:
    """Compiled once per Python process."""
    key = (source.document.digest, source.object_name)
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = compile_standard(source.document, source.object_name)
    return _KEPT[key]


def slices_of(
    rows: int, cores: int, largest: int = 250_000, smallest: int = 20_000
) -> tuple[tuple[int, int], ...]:
    """(offset, rows) of the slices: enough for all cores, none so big that a worker's memory feels it."""
    size = min(largest, max(smallest, -(-rows // max(cores, 1))))
    return tuple((offset, min(size, rows - offset)) for offset in range(0, max(rows, 1), size))


def any_of(found: Iterable[Mapping[str, bool | None]]) -> frozenset[str]:
    """Names that hold in some slice."""
    held: list[frozenset[str]] = [frozenset(name for name, hit in row.items() if hit) for row in found]
    return reduce(frozenset.union, held, frozenset())
