"""Where versions, quarantine and uploads lie. Paths come from our own rows, never from a request."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from catalog.models import DatasetVersion, Quarantine


def lake_root() -> Path:
    """The local folder of the lake. Raises ValueError where the lake is an object store."""
    parts = urlsplit(settings.GAVEL_LAKE)
    if parts.scheme not in {"file", ""}:
        raise ValueError("the lake is an object store: open it through catalog.lake")
    return Path(unquote(parts.path))


def inside_lake(relative: str) -> Path:
    """A path of ours below the lake; a row that leads out of it is a fault of ours and raises ValueError."""
    root = lake_root().resolve()
    found = (root / relative).resolve()
    if not found.is_relative_to(root) or found == root:
        raise ValueError("a stored path leads out of the lake")
    return found


def version_path(version: DatasetVersion) -> Path:
    return inside_lake(version.path)


def quarantine_path(quarantine: Quarantine) -> Path:
    return inside_lake(quarantine.path)


def uploads_root() -> Path:
    return Path(settings.MEDIA_ROOT) / "incoming"


def upload_path(relative: str) -> Path:
    """A received file, by the name we gave it."""
    return uploads_root() / Path(relative).name
