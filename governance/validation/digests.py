"""Digests of stored data (standard-rules §9): SHA-256 over the bytes as they lie on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from governance.validation.delta import DeltaFolder, is_delta
from governance.validation.errors import EngineError, refuse
from governance.validation.folders import check_links, parquet_files

CHUNK = 1 << 20


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of one file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def file_digests(path: Path) -> dict[str, str]:
    """`{relative path: hex}` of the live data files, sorted by path; a single file under its own name."""
    try:
        return {name: sha256_file(file) for name, file in live_files(path).items()}
    except OSError as error:
        raise _unreadable(error) from error


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
    if not path.exists():
        raise refuse("data_not_found")
    if not path.is_dir():
        return {path.name: path}
    check_links(path)
    if is_delta(path):
        return DeltaFolder.open(path).files
    return parquet_files(path)


def _unreadable(error: OSError) -> EngineError:
    return refuse("data_unreadable", os.strerror(error.errno) if error.errno else None)
