"""Delta folders: live files and version, read through delta-rs; entries that lead out are refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from governance.validation.errors import EngineError, invalid, refuse
from governance.validation.folders import check_folder, leads_out

LARGEST_LOG: Final = 1 << 30
"""Bytes of a Delta log: it is read whole."""


def is_delta(path: Path) -> bool:
    """Whether the path is a folder with a Delta log."""
    return (path / "_delta_log").is_dir()


@dataclass(frozen=True)
class DeltaFolder:
    """One Delta table at its newest version; `files` is relative name → live file, sorted by name."""

    root: Path
    version: int
    files: dict[str, Path]

    @classmethod
    def open(cls, path: Path) -> DeltaFolder:
        """Read the log; raises `data_unreadable`."""
        check_folder(path)
        root = path.resolve()
        if sum(entry.stat().st_size for entry in (root / "_delta_log").rglob("*")) > LARGEST_LOG:
            raise refuse("data_unreadable", {"reason": "log_too_long", "limit_bytes": LARGEST_LOG})
        table = _table(root, None)
        files = _files(root, table)
        return cls(root, int(table.version()), files)

    def scan(self) -> pl.LazyFrame:
        """The rows of this version, in the order of the log."""
        return scan_version(self.root, self.version)


def scan_version(root: Path, version: int | None) -> pl.LazyFrame:
    """The rows of one version, in the order of its log; raises `data_unreadable`.

    Neither the statistics of the log nor those of its Parquet files are used, as both may lie, so the files
    are scanned here and not by polars' own Delta scan. Only that one knows deletion vectors, though.
    """
    table = _table(root, version)
    _files(root, table)
    schema = pl.scan_delta(table).collect_schema()
    if _has_vectors(table):
        return pl.scan_delta(table)
    parts = {name: schema[name] for name in table.metadata().partition_columns}
    uris = [str(uri) for uri in table.file_uris()]
    if not uris:
        return pl.LazyFrame(schema=schema)
    stored = pl.scan_parquet(
        uris,
        glob=False,
        use_statistics=False,
        schema={name: kind for name, kind in schema.items() if name not in parts},
        hive_schema=parts or None,
        hive_partitioning=bool(parts),
        cast_options=pl.ScanCastOptions._default_iceberg(),
        missing_columns="insert",
        extra_columns="ignore",
    )
    return stored.select(schema.names())


def _table(root: Path, version: int | None) -> DeltaTable:
    try:
        return DeltaTable(str(root), version=version)
    except (DeltaError, OSError, ValueError) as error:
        raise _no_log() from error
    except BaseException as error:
        # A panic of the library is no Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _no_log() from error
        raise


def _files(root: Path, table: DeltaTable) -> dict[str, Path]:
    """Relative name → live file, sorted; an entry that leads out, is gone or is there twice is refused."""
    found = sorted(_inside(root, str(uri)) for uri in table.file_uris())
    files = dict(found)
    if len(files) != len(found):
        raise refuse("data_unreadable", {"reason": "entry_twice"})
    return files


def _has_vectors(table: DeltaTable) -> bool:
    """Whether rows are deleted by vectors. A reader that goes by the announced features alone reads rows that
    an entry without the feature deletes, so that is refused."""
    try:
        some = pl.DataFrame(table.deletion_vectors()).height > 0
    except (DeltaError, OSError, ValueError) as error:
        raise _no_log() from error
    if some and "deletionVectors" not in (table.protocol().reader_features or ()):
        raise _no_log()
    return some


def _no_log() -> EngineError:
    return invalid(
        "The Delta log cannot be read, or needs a feature that is not supported.",
        "无法读取 Delta 日志，或其需要不支持的特性。",
        {"reason": "delta_log"},
        code="data_unreadable",
    )


def _inside(root: Path, uri: str) -> tuple[str, Path]:
    """Relative name and file of one live entry; a link or path that leads out of the folder is refused."""
    file = Path(uri.removeprefix("file://"))
    target = file.resolve()
    if "://" in uri.removeprefix("file://") or not target.is_relative_to(root):
        raise leads_out(Path(uri).name)
    if not target.is_file():
        raise refuse("data_unreadable", {"entry": Path(uri).name})
    return target.relative_to(root).as_posix(), target
