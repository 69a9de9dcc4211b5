"""The digest of stored data, as governance names it (standard-rules §9), for a fixed Delta version too."""

from __future__ import annotations

from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from governance.validation.digests import folder_digest, path_digest, sha256_file
from governance.validation.errors import EngineError


def stored_digest(path: Path, delta_version: int | None) -> str:
    """``sha256:`` + hex of a file, a folder, or a Delta table (its newest version where none is named).

    Raises ``ValueError`` where there is nothing to hash or an entry leads out of the folder.
    """
    try:
        return path_digest(path) if delta_version is None else _version_digest(path.resolve(), delta_version)
    except (EngineError, DeltaError) as error:
        raise ValueError("the data cannot be hashed") from error


def _version_digest(root: Path, version: int) -> str:
    files: dict[str, str] = {}
    for uri in DeltaTable(str(root), version=version).file_uris():
        file = Path(str(uri).removeprefix("file://")).resolve()
        files[file.relative_to(root).as_posix()] = sha256_file(file)
    return folder_digest(files, delta_version=version)
