"""Reading the child's spool: whole JSON lines since the last look; a half-written last line waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MOST_BYTES = 4 * 1024 * 1024


class SpoolReader:
    """Follows one growing file of JSON lines. `taken` counts the lines read so far."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self.taken = path, 0, 0

    def lines(self) -> list[dict[str, Any]]:
        """New whole lines, at most 4 MiB at a look so that a flood of points cannot fill memory."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._offset)
                block = stream.read(MOST_BYTES)
        except FileNotFoundError:
            return []
        whole, newline, _rest = block.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        found = [parsed for raw in whole.split(b"\n") if (parsed := _parse(raw)) is not None]
        self.taken += len(found)
        return found


def _parse(raw: bytes) -> dict[str, Any] | None:
    """A line cut short by a kill is not JSON; the child writes it again after its resume."""
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
