"""`open_table`: any accepted data file or folder as one raw frame with record numbers (standard-rules §2)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal

import polars as pl
from polars.exceptions import PolarsError

from governance.validation.delta import DeltaFolder, is_delta
from governance.validation.digests import folder_digest, path_digest, sha256_file
from governance.validation.errors import invalid, refuse
from governance.validation.folders import check_links, parquet_files
from governance.validation.reading.csv import ROW, CsvSettings, read_csv
from governance.validation.reading.scanning import Scan, numbered, shown_type

Format = Literal["csv", "csv.gz", "parquet", "delta"]


@dataclass
class RawTable:
    """Raw data. Keep it alive (or inside `with`) while `frame` is in use: it owns the scratch files.

    `frame` holds `_gavel_row` (Int64, 1-based record number) before the data columns. CSV columns are String
    with zero-length fields null; Parquet and Delta columns have their stored types, float NaN made null.
    """

    frame: pl.LazyFrame
    columns: tuple[str, ...]
    schema: dict[str, pl.DataType]
    format: Format
    digest: str
    rows: int
    delta_version: int | None = None
    scan: Scan | None = None
    """The same rows for another process; None for a table in memory."""
    scratch: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def close(self) -> None:
        """Remove the scratch files."""
        if self.scratch is not None:
            self.scratch.cleanup()
            self.scratch = None

    def __enter__(self) -> RawTable:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_table(
    path: Path,
    *,
    csv: CsvSettings = CsvSettings(),  # noqa: B008 - frozen value
    declared: Sequence[str] = (),
) -> RawTable:
    """Open a csv, csv.gz, parquet file, parquet folder or Delta folder.

    `declared` are the column names the standard knows; they only serve to tell a wrong delimiter.
    Raises `data_not_found` and every refusal of standard-rules §2.2.
    """
    if not path.exists():
        raise refuse("data_not_found")
    if path.is_dir():
        return _open_folder(path)
    name = path.name.lower()
    if name.endswith(".parquet"):
        return _typed_table(Scan((str(path.absolute()),)), "parquet", f"sha256:{sha256_file(path)}")
    if not path.is_file():
        raise refuse("data_unreadable", "not a regular file")
    return _open_csv(path, csv, declared, gzipped=name.endswith(".gz"))


def _open_csv(path: Path, settings: CsvSettings, declared: Sequence[str], *, gzipped: bool) -> RawTable:
    scratch = tempfile.TemporaryDirectory(prefix="gavel-read-")
    try:
        parsed = read_csv(path, settings, declared, gzipped=gzipped, scratch=Path(scratch.name))
    except BaseException:
        scratch.cleanup()
        raise
    return RawTable(
        frame=parsed.frame,
        columns=parsed.columns,
        schema={name: pl.String() for name in parsed.columns},
        format="csv.gz" if gzipped else "csv",
        digest=f"sha256:{parsed.sha256}",
        rows=parsed.rows,
        scan=Scan(tuple(map(str, parsed.parts)), numbered=True) if parsed.parts else None,
        scratch=scratch,
    )


def _open_folder(path: Path) -> RawTable:
    check_links(path)
    if is_delta(path):
        folder = DeltaFolder.open(path)
        digest = folder_digest(
            {name: sha256_file(file) for name, file in folder.files.items()}, delta_version=folder.version
        )
        return _typed_table(Scan(delta=str(folder.root), version=folder.version), "delta", digest)
    files = parquet_files(path)
    if not files:
        raise refuse("data_unreadable", "no Parquet file in the folder")
    hive = any("=" in name for name in files)
    return _typed_table(Scan(tuple(str(file.absolute()) for file in files.values()), hive), "parquet", path_digest(path))


def _typed_table(scan: Scan, kind: Format, digest: str) -> RawTable:
    """Parquet and Delta: stored types, NaN → null, categories as text."""
    frame = _stored(scan)
    try:
        schema = dict(frame.collect_schema())
        rows = int(frame.select(pl.len()).collect(engine="streaming").item())
    except (PolarsError, OSError) as error:
        # The library's own sentence may quote data or paths, so only its kind is told.
        raise refuse("data_unreadable", type(error).__name__) from error
    if ROW in schema:
        raise invalid(
            f"The column name {ROW} is reserved.",
            f"列名 {ROW} 为保留名称。",
            {"column": ROW},
            code="data_unreadable",
        )
    shown = {name: shown_type(dtype) for name, dtype in schema.items()}
    return RawTable(
        numbered(frame, schema), tuple(schema), shown, kind, digest, rows, scan.version, scan=scan
    )


def _stored(scan: Scan) -> pl.LazyFrame:
    try:
        return scan.stored()
    except (PolarsError, OSError, ValueError) as error:
        raise refuse("data_unreadable", "the Delta table needs a feature that is not supported") from error
