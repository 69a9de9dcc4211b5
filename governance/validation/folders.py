"""Files and folders of data: plain files only, and no link that leads out of a folder (standard-rules §9)."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from governance.validation.errors import EngineError, invalid, refuse

RECENT_NS = 2_000_000_000
"""A file written to less than this before it was first looked at may change again under the same time."""


def open_plain(path: Path) -> BinaryIO:
    """A regular file, opened for reading; a pipe or device is refused without waiting for it.

    Raises `data_unreadable`, whose detail never is a path of this machine.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise unreadable(error) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise invalid(
            "The data is no plain file: a pipe, a device or a folder.",
            "数据不是普通文件，而是管道、设备或文件夹。",
            {"reason": "not_a_plain_file"},
            code="data_unreadable",
        )
    return os.fdopen(handle, "rb", buffering=0)


def exists(path: Path) -> bool:
    """Whether something readable stands at the path; a name or link no system can follow is nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def parquet_files(folder: Path) -> dict[str, Path]:
    """Relative POSIX name → Parquet file, sorted by name; names with a leading `.` or `_` are bookkeeping."""
    found: dict[str, Path] = {}
    for file in folder.rglob("*.parquet"):
        relative = file.relative_to(folder)
        if file.is_file() and not any(part.startswith((".", "_")) for part in relative.parts):
            found[relative.as_posix()] = file
    return dict(sorted(found.items()))


def check_folder(folder: Path) -> None:
    """Raise `data_unreadable` for what a reader would miss or be misled by.

    That is: a link that leads out or nowhere, a pipe or device, a name that is no UTF-8, a folder that
    cannot be listed.
    """
    try:
        root = folder.resolve(strict=True)
        for base, folders, files in os.walk(root, followlinks=False, onerror=_raise):
            for name in (*folders, *files):
                _check_entry(root, Path(base, name))
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise unreadable(error) from error


def _check_entry(root: Path, entry: Path) -> None:
    shown = os.fsencode(entry.relative_to(root)).decode(errors="replace")
    try:
        shown.encode()
        str(entry.name).encode()
    except UnicodeEncodeError as error:
        raise _entry(shown, "name_not_utf_8") from error
    if entry.is_symlink():
        if not entry.resolve().is_relative_to(root):
            raise leads_out(shown)
        if not entry.exists():
            raise _entry(shown, "leads_nowhere")
    if not (entry.is_file() or entry.is_dir()):
        raise _entry(shown, "not_a_plain_file")


def _raise(error: OSError) -> None:
    raise error


def leads_out(entry: str) -> EngineError:
    """The refusal of a link or Delta entry that points outside its folder."""
    return invalid(
        "An entry of the data folder leads out of it.",
        "数据文件夹中有指向其外部的条目。",
        {"entry": entry},
        code="data_unreadable",
    )


def _entry(entry: str, reason: str) -> EngineError:
    return invalid(
        "The data folder holds an entry that is no readable file or folder.",
        "数据文件夹中有无法读取的条目。",
        {"entry": entry, "reason": reason},
        code="data_unreadable",
    )


def unreadable(error: BaseException) -> EngineError:
    """`data_unreadable` with what the system said, without the path it said it about."""
    number = getattr(error, "errno", None)
    return refuse("data_unreadable", os.strerror(number) if number else type(error).__name__)


@dataclass(frozen=True)
class FileState:
    """What tells one state of a file from the next: which file, how long, last written, last touched."""

    device: int
    inode: int
    size: int
    written_ns: int
    touched_ns: int
    seen_ns: int = 0

    @classmethod
    def of(cls, file: Path | int) -> FileState:
        """The state now of a path or an open file; raises OSError."""
        seen = time.time_ns()
        found = os.fstat(file) if isinstance(file, int) else file.stat()
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, seen)

    def same(self, other: FileState) -> bool:
        """Whether nothing tells the two apart."""
        return self._key() == other._key()

    @property
    def young(self) -> bool:
        """Changed so shortly before it was looked at that a further change need not show in its times."""
        return self.seen_ns - max(self.written_ns, self.touched_ns) < RECENT_NS

    def _key(self) -> tuple[int, ...]:
        return (self.device, self.inode, self.size, self.written_ns, self.touched_ns)


def changed(entry: str) -> EngineError:
    """The refusal of data that did not stay as it was while it was read."""
    return invalid(
        "The data changed while it was being read; validate it once it stays as it is.",
        "数据在读取期间发生了变化；请在其不再变化后重新校验。",
        {"entry": entry, "reason": "changed_while_read"},
        code="data_unreadable",
    )
