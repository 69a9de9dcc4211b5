"""Versions and files of a lake in a local folder.

Everything is written under a temporary name, flushed, then renamed: a reader sees all of it or nothing.
Versions are named by content, so the same bytes get the same address, and nothing is ever overwritten.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import polars as pl
from deltalake import convert_to_deltalake

from catalog.lake.errors import LakeError
from catalog.lake.paths import check_path, inside, root_folder
from catalog.lake.types import storable
from governance.validation.delta import DeltaFolder
from governance.validation.digests import file_digests, folder_digest, path_digest, sha256_file
from governance.validation.errors import EngineError

_DATA_FILE = "part-00000.parquet"
_ROW_GROUP = 262_144
_TEMPORARY = "_writing"


@dataclass(frozen=True)
class StoredVersion:
    """An immutable Delta table; `path` is its address in the lake, `files` relative name → sha256 hex."""

    path: str
    files: dict[str, str]
    digest: str
    rows: int
    bytes: int
    delta_version: int


@dataclass(frozen=True)
class StoredFile:
    """A stored file; `sha256` is hex."""

    path: str
    sha256: str
    bytes: int


class Lake:
    """A lake below one root address (a folder, or file://). Raises LakeError."""

    def __init__(self, root: str) -> None:
        self._root = root_folder(root)

    def write_version(
        self,
        dataset_uid: str,
        data: pl.LazyFrame | pl.DataFrame | Sequence[Path],
        *,
        columns: Sequence[str] | None = None,
    ) -> StoredVersion:
        """Store rows as a new version, streaming, in their order, as zstd Parquet under a Delta log.

        `data` is a frame or Parquet files read one after the other; `columns` selects and orders (default:
        all but those named `_gavel_…`).
        """
        check_path(dataset_uid)
        with self._workspace() as folder:
            frame = storable(_selected(data, columns))
            part = folder / _DATA_FILE
            frame.sink_parquet(part, compression="zstd", row_group_size=_ROW_GROUP, maintain_order=True)
            _flush(part)
            # No statistics: the log would carry cell values outside the reach of masking.
            convert_to_deltalake(str(folder), collect_stats=False)
            for entry in (folder / "_delta_log").iterdir():
                _flush(entry)
            delta_version = DeltaFolder.open(folder).version
            files = file_digests(folder)
            digest = folder_digest(files, delta_version=delta_version)
            rows = int(pl.scan_parquet(part).select(pl.len()).collect().item())
            size = sum((folder / name).stat().st_size for name in files)
            path = f"datasets/{dataset_uid}/{digest.removeprefix('sha256:')[:32]}"
            self._publish_version(folder, path, digest)
        return StoredVersion(path, files, digest, rows, size, delta_version)

    def verify(self, path: str, digest: str) -> bool:
        """Whether the bytes at the path still have this digest (standard-rules §9)."""
        try:
            return path_digest(self.local_path(path)) == digest
        except EngineError:
            return False

    def file_digests(self, path: str) -> dict[str, str]:
        """Relative name → sha256 hex of the live files at the path."""
        return file_digests(self.local_path(path))

    def scan(self, path: str) -> pl.LazyFrame:
        """The rows of a version."""
        return DeltaFolder.open(self.local_path(path)).scan()

    def write_bytes(self, path: str, data: bytes) -> StoredFile:
        """Store a file (a dossier, a report); the same bytes again are accepted, other bytes refused."""
        with self._workspace() as folder:
            temporary = folder / "file"
            temporary.write_bytes(data)
            return self._publish_file(temporary, path)

    def write_file(self, path: str, source: Path) -> StoredFile:
        """Store a copy of a local file (a quarantine, a checkpoint) without holding it in memory."""
        with self._workspace() as folder:
            temporary = folder / "file"
            shutil.copyfile(source, temporary)
            return self._publish_file(temporary, path)

    def read_bytes(self, path: str) -> bytes:
        """The bytes of a stored file."""
        return self.local_path(path).read_bytes()

    def exists(self, path: str) -> bool:
        """Whether something is stored at the path."""
        return inside(self._root, path).exists()

    def local_path(self, path: str) -> Path:
        """The local file or folder of an address, for engines; raises `lake_not_found`."""
        target = inside(self._root, path)
        if not target.exists():
            raise LakeError("lake_not_found", path)
        return target

    @contextmanager
    def _workspace(self) -> Iterator[Path]:
        """A folder on the same file system whose remains are removed."""
        folder = self._root / _TEMPORARY / uuid4().hex
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _publish_version(self, folder: Path, path: str, digest: str) -> None:
        target = inside(self._root, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.rename(target)
        except OSError as error:
            # The same content was stored before, perhaps by another process just now.
            if not self.verify(path, digest):
                raise LakeError("lake_immutable", path) from error
        _flush(target.parent)

    def _publish_file(self, temporary: Path, path: str) -> StoredFile:
        target = inside(self._root, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        _flush(temporary)
        digest, size = sha256_file(temporary), temporary.stat().st_size
        try:
            # Unlike a rename, a link never replaces a file that is there.
            os.link(temporary, target)
        except FileExistsError as error:
            if not target.is_file() or sha256_file(target) != digest:
                raise LakeError("lake_immutable", path) from error
        _flush(target.parent)
        return StoredFile(path, digest, size)


def _selected(
    data: pl.LazyFrame | pl.DataFrame | Sequence[Path], columns: Sequence[str] | None
) -> pl.LazyFrame:
    if isinstance(data, pl.LazyFrame):
        frame = data
    elif isinstance(data, pl.DataFrame):
        frame = data.lazy()
    else:
        frame = pl.scan_parquet(list(data), glob=False)
    names = columns
    if names is None:
        names = [name for name in frame.collect_schema().names() if not name.startswith("_gavel_")]
    return frame.select(names)


def _flush(path: Path) -> None:
    """Make a file or folder entry durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
