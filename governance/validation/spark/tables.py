"""The prepared tables as Spark views and ibis tables; what was made is dropped at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ibis
import polars as pl
from pyspark import StorageLevel
from pyspark.sql import types as spark

from governance.validation.engine.opening import Opened
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound
from governance.validation.kinds.ibis_base import IbisBound, IbisSource
from governance.validation.model import Column
from governance.validation.reading import RawTable
from governance.validation.reading.scanning import Scan
from governance.validation.spark.executing import (
    FEW,
    CellsView,
    KeysView,
    Piece,
    PiiView,
    PreparedView,
    Source,
    SqlView,
    View,
    any_of,
    run,
    slices_of,
)
from governance.validation.spark.jobs import Jobs, OutOfTime
from governance.validation.spark.session import few
from governance.validation.standard import CompiledStandard

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

SQL_SECONDS = 60.0


@dataclass
class Tables:
    """All tables of one validation on Spark."""

    session: SparkSession
    jobs: Jobs
    compiled: CompiledStandard
    opened: Opened
    now: datetime
    _scratch: TemporaryDirectory[str] = field(
        default_factory=lambda: TemporaryDirectory(prefix="gavel-spark-")
    )
    _kept: list[DataFrame] = field(default_factory=list)
    _views: dict[tuple[str | None, str, View], ir.Table] = field(default_factory=dict)
    _sources: dict[tuple[str | None, str], Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ibis = ibis.pyspark.connect(self.session)

    def close(self) -> None:
        """Give back what Spark keeps of them."""
        for frame in self._kept:
            frame.unpersist()
        self._scratch.cleanup()

    def fetch(self, table: ir.Table, heard: Callable[[float], None] | None = None) -> pl.DataFrame:
        """Run a small ibis table as one Spark query; exact values."""
        text = self.ibis.compile(table)
        return self.jobs.run(lambda: _taken(self.session.sql(text)), heard=heard)

    def looked_at(
        self,
        table: ir.Table,
        look: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        heard: Callable[[float], None] | None = None,
    ) -> dict[int, tuple[int, list[int]]]:
        """Per place, (failing rows, the first of them), from what `look` says of each part of a table."""
        text, told = self.ibis.compile(table), _types(dict.fromkeys(FEW, pl.Int64()))

        def work() -> pl.DataFrame:
            rows = self.session.sql(text)
            if few(self.opened.table.rows):
                rows = rows.coalesce(1)
            return _taken(rows.mapInArrow(look, told))

        found: dict[int, tuple[int, list[int]]] = {}
        for place, failing, row in self.jobs.run(work, heard=heard).iter_rows():
            some, first = found.get(place, (0, []))
            found[place] = (some + failing, first if row is None else [*first, row])
        return {place: (failing, sorted(first)) for place, (failing, first) in found.items()}

    def judged(self, rules: tuple[str, ...]) -> ir.Table:
        """The judged table with the helpers of the rules."""
        return self._table(None, self.opened.table, PreparedView(rules))

    def bind(self, bound: Bound, table: ir.Table) -> IbisBound:
        """A rule with all it may ask for."""
        before = self.opened.previous
        return IbisBound(
            polars=bound,
            table=table,
            fetch=self.fetch,
            sources={
                name: self._source(bound, name, other) for name, other in self.opened.references.items()
            },
            before=None if before is None else self._source(bound, None, before, "previous"),
            sql=partial(self._sql, bound),
        )

    def cells(self, rows: tuple[int, ...], names: tuple[str, ...]) -> pl.DataFrame:
        """Canonical text of the cells in those rows; only the slices that hold them are read."""
        return self._collected(CellsView(rows, names), rows)

    def pii_columns(self, rule_id: str) -> frozenset[str]:
        """Columns a `pii` rule finds something in."""
        return any_of(self._collected(PiiView(rule_id)).iter_rows(named=True))

    def _source(self, bound: Bound, name: str | None, table: RawTable, role: str = "reference") -> IbisSource:
        def typed_like(names: tuple[str, ...], like: tuple[Column, ...], steps: tuple[str, ...]) -> ir.Table:
            view = KeysView(names, tuple(column.name for column in like), steps)
            return self._table(name, table, view, role)

        def prepared(reads: tuple[str, ...]) -> ir.Table:
            source = self._plain(name, table, role)
            piece = Piece.of(source, table.frame, table.schema)
            present = {own for own, column in piece.declared.items() if column.physical_name in table.columns}
            if not present.issuperset(reads):
                raise Unjudgeable("column_missing")
            return self._table(name, table, PreparedView((bound.rule.id,)), role)

        return IbisSource(table.rows, typed_like, prepared)

    def _table(self, name: str | None, table: RawTable, view: View, role: str = "judged") -> ir.Table:
        key = (name, role, view)
        if key not in self._views:
            frame = self._spark(self._plain(name, table, role), table, view)
            self._kept.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
            named = f"gavel_{uuid4().hex}"
            frame.createOrReplaceTempView(named)
            self._views[key] = self.ibis.table(named)
        return self._views[key]

    def _plain(self, name: str | None, table: RawTable, role: str) -> Source:
        """The table as the executors open it; one held in memory is written down first."""
        if (name, role) not in self._sources:
            scan = table.scan
            if scan is None:
                path = Path(self._scratch.name) / f"{len(self._sources)}.parquet"
                table.frame.sink_parquet(path, compression="lz4")
                scan = Scan((str(path),), numbered=True)
            self._sources[(name, role)] = Source(
                document=self.compiled.document,
                object_name=self.compiled.form.name,
                now=self.now,
                scan=scan,
                slices=slices_of(table.rows, self.session.sparkContext.defaultParallelism),
                columns=table.columns,
                file_format=table.format,
                reference=name,
            )
        return self._sources[(name, role)]

    def _spark(self, source: Source, table: RawTable, view: View) -> DataFrame:
        """The view of all slices; its types are found here, by the same expressions without data."""
        schema = view.of(Piece.of(source, table.frame, table.schema)).collect_schema()
        count = len(source.slices)
        numbers = self.session.range(0, count, 1, count)
        return numbers.mapInArrow(partial(run, source, view), _types(schema))

    def _collected(self, view: View, rows: tuple[int, ...] | None = None) -> pl.DataFrame:
        source = self._plain(None, self.opened.table, "judged")
        if rows is not None:
            size = source.slices[0][1] or 1
            held = sorted({(row - 1) // size for row in rows})
            source = replace(source, slices=tuple(source.slices[number] for number in held))
        frame = self._spark(source, self.opened.table, view)
        return self.jobs.run(lambda: _taken(frame))

    def _sql(self, bound: Bound, text: str) -> Any:
        """One checked SELECT over views named as it names them; raises Unjudgeable `sql_error`."""
        from pyspark.errors import PySparkException

        judged = self.opened.resources.table_name
        rule = bound.rule.id if bound.rule.where is not None else None
        tables: list[tuple[str | None, str, RawTable, SqlView]] = [
            (None, judged, self.opened.table, SqlView(rule))
        ]
        tables += [(name, name, table, SqlView()) for name, table in self.opened.references.items()]
        names = [
            self._named(own, name, table, view) for own, name, table, view in tables if f"`{name}`" in text
        ]
        try:
            self.session.conf.set("spark.sql.caseSensitive", "false")
            found = self.jobs.run(lambda: _taken(self.session.sql(text).limit(2)), seconds=SQL_SECONDS)
        except (PySparkException, OutOfTime) as error:
            raise Unjudgeable("sql_error") from error
        except Exception as error:
            if not type(error).__module__.startswith("py4j"):
                raise
            raise Unjudgeable("sql_error") from error
        finally:
            self.session.conf.set("spark.sql.caseSensitive", "true")
            for name in names:
                self.session.catalog.dropTempView(name)
        if found.shape != (1, 1):
            raise Unjudgeable("sql_error")
        return found.item()

    def _named(self, own: str | None, name: str, table: RawTable, view: View) -> str:
        role = "judged" if own is None else "reference"
        frame = self._spark(self._plain(own, table, role), table, view)
        frame.createOrReplaceTempView("`" + name.replace("`", "``") + "`")
        return name


def _taken(frame: DataFrame) -> pl.DataFrame:
    """All rows, with exact values."""
    found = pl.from_arrow(frame.toArrow())
    return found if isinstance(found, pl.DataFrame) else found.to_frame()


def _types(schema: Mapping[str, pl.DataType]) -> spark.StructType:
    return spark.StructType([spark.StructField(name, _type(kind)) for name, kind in schema.items()])


def _type(kind: pl.DataType) -> spark.DataType:
    if isinstance(kind, pl.Decimal):
        return spark.DecimalType(kind.precision or 38, kind.scale)
    simple: dict[type[pl.DataType], spark.DataType] = {
        pl.Int64: spark.LongType(),
        pl.Float64: spark.DoubleType(),
        pl.Boolean: spark.BooleanType(),
        pl.Date: spark.DateType(),
        pl.Datetime: spark.TimestampType(),
    }
    return simple.get(type(kind), spark.StringType())
