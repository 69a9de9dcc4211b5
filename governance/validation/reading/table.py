"""`open_table`: any accepted data file or folder as one raw frame with record numbers (standard-rules §2)."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal

import polars as pl

from governance.validation.delta import DeltaFolder, is_delta
from governance.validation.digests import Sealed, folder_digest
from governance.validation.errors import invalid, refuse
from governance.validation.faults import reading_data
from governance.validation.folders import check_folder, exists, parquet_files
from governance.validation.reading.csv import ROW, CsvSettings, read_csv
from governance.validation.reading.parquet import MOST_COLUMNS, check_parquet, too_many_columns
from governance.validation.reading.scanning import Scan, shown_type

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
    sealed: Sealed | None = field(default=None, repr=False)
    """The files `frame` reads when it is collected; None where the rows were taken out of them at once."""

    def check_unchanged(self) -> None:
        """Raise `data_unreadable` unless the files still are what `digest` is about: to be asked after the
        last pass over `frame`, as the passes read them anew."""
        if self.sealed is not None:
            self.sealed.check()

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
    if not exists(path):
        raise refuse("data_not_found")
    with reading_data():
        if path.is_dir():
            return _open_folder(path)
        name = path.name.lower()
        if name.endswith(".parquet"):
            return _stored_table(Scan((str(path.absolute()),)), "parquet", {path.name: path})
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
    if is_delta(path):
        folder = DeltaFolder.open(path)
        scan = Scan(delta=str(folder.root), version=folder.version)
        return _stored_table(scan, "delta", folder.files, folder=True)
    check_folder(path)
    files = parquet_files(path)
    if not files:
        raise refuse("data_unreadable", "no Parquet file in the folder")
    hive = any("=" in name for name in files)
    scan = Scan(tuple(str(file.absolute()) for file in files.values()), hive)
    return _stored_table(scan, "parquet", files, folder=True)


def _stored_table(scan: Scan, kind: Format, files: Mapping[str, Path], *, folder: bool = False) -> RawTable:
    """Parquet and Delta: stored types, NaN → null, categories as text."""
    for name, file in files.items():
        check_parquet(file, name)
    sealed = Sealed.of(files)
    digests = sealed.digests
    digest = f"sha256:{next(iter(digests.values()))}"
    if folder:
        digest = folder_digest(digests, delta_version=scan.version)
    frame = scan.stored()
    schema = dict(frame.collect_schema())
    if len(schema) > MOST_COLUMNS:
        raise too_many_columns(len(schema))
    rows = int(frame.select(pl.len()).collect(engine="streaming").item())
    if ROW in schema:
        raise invalid(
            f"The column name {ROW} is reserved.",
            f"列名 {ROW} 为保留名称。",
            {"column": ROW},
            code="data_unreadable",
        )
    shown = {name: shown_type(dtype) for name, dtype in schema.items()}
    return RawTable(
        scan.shown(),
        tuple(schema),
        shown,
        kind,
        digest,
        rows,
        scan.version,
        scan=scan,
        sealed=sealed,
    )
