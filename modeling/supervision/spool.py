"""Reading the child's spool: whole lines since the last look; a half-written last line waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

MOST_BYTES = 256 * 1024
Parsed = TypeVar("Parsed")


class SpoolReader(Generic[Parsed]):
    """Follows one growing file, a bounded block at a look, so that a flood neither fills memory nor keeps the
    supervisor from its other duties. `taken` counts the lines understood so far; `more` says a look was full.
    """

    def __init__(self, path: Path, parse: Callable[[bytes], Parsed | None]) -> None:
        self._path, self._parse, self._offset = path, parse, 0
        self.taken, self.more = 0, False

    def lines(self) -> list[Parsed]:
        """New whole lines that `parse` understands."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._offset)
                block = stream.read(MOST_BYTES)
        except FileNotFoundError:
            return []
        self.more = len(block) == MOST_BYTES
        whole, newline, _rest = block.rpartition(b"\n")
        # A single line longer than a block is none of ours: it is passed over, or the reader would stand
        # still.
        self._offset += len(whole) + len(newline) if newline or not self.more else len(block)
        found = [parsed for raw in whole.split(b"\n") if (parsed := self._parse(raw)) is not None]
        self.taken += len(found)
        return found
