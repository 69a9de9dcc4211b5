"""Addresses in the lake: relative POSIX paths below one root, the same for folders and object stores."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from catalog.lake.errors import LakeError

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=-]{0,199}")


def root_folder(url: str) -> Path:
    """The folder of a lake address; raises `lake_url_unsupported`."""
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(unquote(parts.path)).resolve()
    if "://" in url or not url:
        raise LakeError("lake_url_unsupported", parts.scheme)
    return Path(url).resolve()


def check_path(path: str) -> PurePosixPath:
    """A relative path of plain parts; raises `lake_path_refused`."""
    parts = path.split("/")
    if not all(_PART.fullmatch(part) for part in parts):
        raise LakeError("lake_path_refused", path[:200])
    return PurePosixPath(path)


def inside(root: Path, path: str) -> Path:
    """The file or folder of a path, links followed; raises `lake_path_refused`."""
    target = root / check_path(path)
    if not target.resolve().is_relative_to(root):
        raise LakeError("lake_path_refused", path[:200])
    return target
