"""Tokens of many texts as one flat row of int32, the older part of it in a memory-mapped file.

A Python list of arrays takes about 120 bytes per text besides its tokens, and all of it stays in the process.
Here up to ``held`` tokens are in memory; each time there are more, they go to the end of a file whose pages
the system may drop and read again. The file has no name (it is unlinked when it is made), so nothing
is left behind, however the process ends.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import numpy as np

from modeling.training.failures import TrainingStopped

#: Tokens in memory at most, where there is a folder for the rest: 16 MiB.
HELD: Final = 4 * 2**20
_BLOCK: Final = 2**20


class Tokens:
    """Texts by number, each a run of token ids. Without a ``scratch`` folder all of them stay in memory."""

    def __init__(self, scratch: Path | None = None, held: int = HELD) -> None:
        self._scratch, self._most = scratch, held
        self._ends = array("q", [0])
        self._tail = array("i")
        self._file: IO[bytes] | None = None
        self._mapped = np.zeros(0, dtype=np.int32)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> np.ndarray:
        """The token ids of one text, int64; a copy."""
        start, stop, filed = self._ends[number], self._ends[number + 1], len(self._mapped)
        if stop <= filed:
            return self._mapped[start:stop].astype(np.int64)
        return np.asarray(self._tail[start - filed : stop - filed], dtype=np.int64)

    @property
    def filed(self) -> int:
        """How many tokens lie in the file."""
        return len(self._mapped)

    def append(self, ids: Sequence[int]) -> None:
        """One more text. Raises ``TrainingStopped`` (run.no_scratch) where the disk is full."""
        self._tail.extend(ids)
        self._ends.append(len(self._mapped) + len(self._tail))
        if self._scratch is not None and len(self._tail) > self._most:
            self._file_away(self._scratch)

    def lengths(self) -> np.ndarray:
        """Tokens per text, int64 (texts,)."""
        return np.diff(np.frombuffer(self._ends, dtype=np.int64))

    def blocks(self) -> Iterator[np.ndarray]:
        """All tokens in order, int32, about a million at a time."""
        for start in range(0, len(self._mapped), _BLOCK):
            yield np.asarray(self._mapped[start : start + _BLOCK])
        if self._tail:
            yield np.array(self._tail, dtype=np.int32)

    def _file_away(self, scratch: Path) -> None:
        if self._file is None:
            self._file = scratch_file(scratch)
        try:
            self._file.seek(0, os.SEEK_END)
            self._file.write(self._tail.tobytes())
            self._file.flush()
        except OSError as error:
            raise TrainingStopped(
                "run.no_scratch", mib=self._tail.itemsize * len(self._tail) >> 20
            ) from error
        self._mapped = np.memmap(self._file, dtype=np.int32, mode="r")
        self._tail = array("i")


def scratch_file(folder: Path, size: int = 0) -> IO[bytes]:
    """An open file without a name, of ``size`` bytes that the disk has set aside.

    Raises ``TrainingStopped`` (run.no_scratch) where it has not so many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        stream = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 it lives as long as who asked for it
        if size:
            os.posix_fallocate(stream.fileno(), 0, size)
    except OSError as error:
        raise TrainingStopped("run.no_scratch", mib=size >> 20) from error
    return stream
