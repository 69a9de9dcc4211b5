"""Where the rows of a table lie, as plain data: another process opens the very same rows, or some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from governance.validation.delta import scan_version

ROW = "_gavel_row"


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

    def stored(self) -> pl.LazyFrame:
        """The columns as stored."""
        if self.delta is not None:
            return scan_version(Path(self.delta), self.version)
        # The statistics of a file may lie, and a filter pushed down to them would leave rows out.
        return pl.scan_parquet(
            list(self.files), glob=False, hive_partitioning=self.hive, use_statistics=False
        )

    def rows(self, offset: int, count: int) -> pl.LazyFrame:
        """`count` rows from the row `offset` on, with record numbers, as `RawTable.frame` shows them."""
        frame = self.stored()
        part = frame.slice(offset, count)
        return part if self.numbered else numbered(part, frame.collect_schema(), offset)


def numbered(frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], offset: int = 0) -> pl.LazyFrame:
    """Record numbers from `offset` + 1, float NaN → null, categories as text."""
    changes = [
        pl.col(name).fill_nan(None) if dtype.is_float() else pl.col(name).cast(pl.String)
        for name, dtype in schema.items()
        if dtype.is_float() or dtype != shown_type(dtype)
    ]
    counted = frame.with_columns(changes).with_row_index(ROW, offset=offset + 1)
    return counted.with_columns(pl.col(ROW).cast(pl.Int64))


def shown_type(dtype: pl.DataType) -> pl.DataType:
    """The type rules see."""
    return pl.String() if isinstance(dtype, pl.Categorical | pl.Enum) else dtype
