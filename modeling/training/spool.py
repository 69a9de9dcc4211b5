"""What the child tells: JSON lines beside its checkpoints. The supervising task copies them into rows.

A point is unique by (metric, step). After a resume the steps since the last checkpoint are written again,
with equal values, so the reader upserts. Lines are handed to the system at once, so a killed process loses
none; they are brought to the disk before each checkpoint, so a lost machine loses none that is not
made again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any


class Spool:
    """Appends to ``metrics`` and ``log`` files; ``now`` gives aware instants."""

    def __init__(self, metrics: Path, log: Path, now: Callable[[], datetime]) -> None:
        self._metrics, self._log, self._now = metrics, log, now
        for path in (metrics, log):
            path.parent.mkdir(parents=True, exist_ok=True)
            _mend(path)

    def points(self, values: Mapping[str, float], step: int, epoch: float) -> None:
        """One line per metric: ``{"metric", "step", "value", "epoch", "at"}``."""
        at = self._now().isoformat()
        _append(
            self._metrics,
            [
                {"metric": name, "step": step, "value": value, "epoch": round(epoch, 6), "at": at}
                for name, value in values.items()
            ],
        )

    def sync(self) -> None:
        """Bring all lines to the disk itself; called before every checkpoint."""
        for path in (self._metrics, self._log):
            if path.is_file():
                with path.open("rb") as stream:
                    os.fsync(stream.fileno())

    def note(self, code: str, level: str = "info", **facts: object) -> None:
        """One log line: ``{"at", "level", "code", ...facts}``. Facts never hold a cell value."""
        _append(self._log, [{"at": self._now().isoformat(), "level": level, "code": code, **facts}])


class Silence(Spool):
    """Of a process that does not lead: what it would tell, the leader tells."""

    def __init__(self) -> None:
        pass

    def points(self, values: Mapping[str, float], step: int, epoch: float) -> None:
        pass

    def sync(self) -> None:
        pass

    def note(self, code: str, level: str = "info", **facts: object) -> None:
        pass


def write_json(path: Path, value: object, *, durable: bool = True) -> None:
    """Write a JSON file whole or not at all; ``durable`` waits for the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, ensure_ascii=False, indent=1)
        stream.flush()
        if durable:
            os.fsync(stream.fileno())
    fresh.replace(path)


def _append(path: Path, lines: list[dict[str, Any]]) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _mend(path: Path) -> None:
    """End a line that a kill cut short, so that the next one stands alone."""
    if path.is_file() and path.stat().st_size:
        with path.open("rb+") as stream:
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                stream.write(b"\n")
