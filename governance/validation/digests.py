"""Digests of stored data (standard-rules §9): SHA-256 over the bytes as they lie on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from governance.validation.delta import DeltaFolder, is_delta
from governance.validation.errors import refuse
from governance.validation.folders import (
    FileState,
    changed,
    check_folder,
    exists,
    open_plain,
    parquet_files,
    unreadable,
)

CHUNK = 1 << 20


@dataclass(frozen=True)
class Sealed:
    """Files and what was read of them, so that it can be told later whether they are still the same.

    `files` is name → (path, state before its bytes were read, hex SHA-256 of them).
    """

    files: Mapping[str, tuple[Path, FileState, str]]

    @classmethod
    def of(cls, files: Mapping[str, Path]) -> Sealed:
        """Hash every file. Raises `data_unreadable`, also where one changes meanwhile."""
        return cls({name: (path, *_hashed(name, path)) for name, path in files.items()})

    @property
    def digests(self) -> dict[str, str]:
        """name → hex SHA-256."""
        return {name: hexed for name, (_, _, hexed) in self.files.items()}

    def check(self) -> None:
        """Raise `data_unreadable` unless every file is still what was hashed.

        The times of a file tell, but for one written to just before it was first looked at: that is hashed
        again.
        """
        for name, (path, state, hexed) in self.files.items():
            try:
                now = FileState.of(path)
            except OSError as error:
                raise changed(name) from error
            if not now.same(state) or (state.young and sha256_file(path) != hexed):
                raise changed(name)


def _hashed(name: str, path: Path) -> tuple[FileState, str]:
    try:
        before = FileState.of(path)
        hexed = sha256_file(path)
        after = FileState.of(path)
    except OSError as error:
        raise unreadable(error) from error
    if not after.same(before):
        raise changed(name)
    return before, hexed


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of one file's bytes; raises `data_unreadable`."""
    digest = hashlib.sha256()
    try:
        with open_plain(path) as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise unreadable(error) from error
    return digest.hexdigest()


def file_digests(path: Path) -> dict[str, str]:
    """`{relative path: hex}` of the live data files, sorted by path; a single file under its own name."""
    return {name: sha256_file(file) for name, file in live_files(path).items()}


def path_digest(path: Path) -> str:
    """`sha256:` + hex; raises `data_not_found`, `data_unreadable`."""
    version = DeltaFolder.open(path).version if is_delta(path) else None
    digests = file_digests(path)
    if not path.is_dir():
        return f"sha256:{next(iter(digests.values()))}"
    return folder_digest(digests, delta_version=version)


def folder_digest(files: Mapping[str, str], *, delta_version: int | None = None) -> str:
    """Digest of a folder from the hex digests of its live data files."""
    lines = [f"{hexed}  {name}\n" for name, hexed in sorted(files.items())]
    if delta_version is not None:
        lines.append(f"delta-version {delta_version}\n")
    return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"


def live_files(path: Path) -> dict[str, Path]:
    """Relative name → file of the data a reader would see, sorted by name (code points)."""
    if not exists(path):
        raise refuse("data_not_found")
    if not path.is_dir():
        return {path.name: path}
    if is_delta(path):
        return DeltaFolder.open(path).files
    check_folder(path)
    return parquet_files(path)
