"""Small JSON files a child leaves beside its checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MOST_BYTES = 8 * 1024 * 1024


def read_object(path: Path) -> dict[str, Any]:
    """The object in a file; empty where it is missing, broken, or larger than anything we write."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
        # PostgreSQL stores no NUL in JSON.
        value = json.loads(raw.replace(b"\\u0000", b"")) if len(raw) <= MOST_BYTES else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def whole(value: object) -> int | None:
    """A whole number from 0 on, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
