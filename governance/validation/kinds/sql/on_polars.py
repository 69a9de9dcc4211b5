"""`sql` on Polars."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Finding, PolarsBody
from governance.validation.kinds.sql import query_of
from governance.validation.kinds.sql.judging import of_answer

if TYPE_CHECKING:
    from governance.validation.kinds.sql.tree import Query

SECONDS = 60.0
MEMORY = "2GB"
"""What a query may hold beside the columns it reads; beyond that it uses the disk, up to DISK."""
DISK = "20GB"


def _config(scratch: str) -> dict[str, str | bool | int | float | list[str]]:
    """Nothing outside is opened; what does not fit goes to a folder that is removed with the answer."""
    return {
        "enable_external_access": "false",
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
        "lock_configuration": "true",
        "threads": "2",
        "memory_limit": MEMORY,
        "temp_directory": scratch,
        "max_temp_directory_size": DISK,
    }


class _Stream:
    """Hands the rows of a frame to DuckDB piece by piece, by the Arrow C interface, without pyarrow.

    No table is held: each time the query reads the table, it streams by once more.
    """

    def __init__(self, frame: pl.LazyFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        batches = self._frame.collect_batches(lazy=True, engine="streaming")
        return batches.__arrow_c_stream__(requested_schema)


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """Run the query over the typed columns it reads; uncastable cells are NULL."""
    from governance.validation.kinds.sql.tree import duckdb_text  # sqlglot

    query = query_of(bound)
    tables: dict[str, pl.LazyFrame] = {}
    for table in query.tables:
        own = table == bound.resources.table_name
        source = bound.filtered(frame) if own else bound.resources.reference(table).table()
        tables[table] = _named(source, query, set(bound.columns) if own else None)
    return of_answer(bound, _answer(duckdb_text(query, bound.resources.now, bound.resources.today), tables))


def _named(source: pl.LazyFrame, query: Query, known: set[str] | None) -> pl.LazyFrame:
    """The columns a query may name: all of them where it says `*`."""
    schema = source.collect_schema()
    names = [
        name for name in schema.names() if (known is None or name in known) and not name.startswith("_gavel_")
    ]
    if not query.reads_all:
        named = {column.lower() for column in query.columns}
        names = [name for name in names if name.lower() in named] or names[:1]
    return source.select([_portable(name, schema[name]) for name in names])


def _portable(name: str, dtype: pl.DataType) -> pl.Expr:
    """Types DuckDB takes: 128-bit integers as decimals, timestamps as UTC without a zone."""
    column = pl.col(name)
    if dtype in (pl.Int128, pl.UInt128):
        return column.cast(pl.Decimal(38, 0), strict=False)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return column


def _answer(text_: str, tables: Mapping[str, pl.LazyFrame]) -> object:
    import duckdb  # heavy, needed only where a standard holds SQL

    scratch = tempfile.TemporaryDirectory(prefix="gavel-sql-")
    connection = duckdb.connect(":memory:", config=_config(scratch.name))
    timer = threading.Timer(SECONDS, connection.interrupt)
    try:
        for name, table in tables.items():
            connection.register(name, _Stream(table))
        timer.start()
        cursor = connection.execute(text_)
        width = len(cursor.description or ())
        rows = cursor.fetchmany(2)
    except (duckdb.Error, RuntimeError, ValueError, OverflowError, MemoryError) as error:
        raise Unjudgeable("sql_error") from error
    finally:
        timer.cancel()
        connection.close()
        scratch.cleanup()
    if width != 1 or len(rows) != 1:
        raise Unjudgeable("sql_error")
    return rows[0][0]


BODY = PolarsBody(measure=measure)
