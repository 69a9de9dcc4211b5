"""Where the rows of a table lie, as plain data: another process opens the very same rows, or some of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from governance.validation.delta import scan_version

ROW = "_gavel_row"

# Row groups decoded ahead of the rules are what a scan holds in memory. One for each thread keeps all threads
# busy; the default is several times that. The setting has no other door than the environment.
os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", str(max(2, pl.thread_pool_size())))


@dataclass(frozen=True)
class Scan:
    """Parquet files in order, or a Delta table at a version.

    `numbered`: scratch files of the CSV reader, which hold `_gavel_row` already.
    """

    files: tuple[str, ...] = ()
    hive: bool = False
    delta: str | None = None
    version: int | None = None
    numbered: bool = False

    def stored(self, row: str | None = None) -> pl.LazyFrame:
        """The columns as stored; with `row`, record numbers from 1 in a column of that name before them.

        The scan itself numbers what it reads: a step of its own would hold back pieces out of order.
        """
        if self.delta is not None:
            frame = scan_version(Path(self.delta), self.version)
            return frame if row is None else frame.with_row_index(row, offset=1)
        # The statistics of a file may lie, and a filter pushed down to them would leave rows out.
        return pl.scan_parquet(
            list(self.files),
            glob=False,
            hive_partitioning=self.hive,
            use_statistics=False,
            row_index_name=row,
            row_index_offset=1 if row else 0,
        )

    def shown(self) -> pl.LazyFrame:
        """Record numbers, then the columns as rules see them: float NaN → null, categories as text."""
        if self.numbered:
            return self.stored()
        changes = [
            pl.col(name).fill_nan(None) if dtype.is_float() else pl.col(name).cast(pl.String)
            for name, dtype in self.stored().collect_schema().items()
            if dtype.is_float() or dtype != shown_type(dtype)
        ]
        return self.stored(ROW).with_columns(pl.col(ROW).cast(pl.Int64), *changes)

    def rows(self, offset: int, count: int) -> pl.LazyFrame:
        """`count` rows from the row `offset` on, with record numbers, as `RawTable.frame` shows them."""
        return self.shown().slice(offset, count)


def shown_type(dtype: pl.DataType) -> pl.DataType:
    """The type rules see."""
    return pl.String() if isinstance(dtype, pl.Categorical | pl.Enum) else dtype
