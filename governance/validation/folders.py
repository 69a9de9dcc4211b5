"""Folders of data files: which files count, and that no link leads out of the folder (standard-rules §9)."""

from __future__ import annotations

import os
from pathlib import Path

from governance.validation.errors import invalid


def parquet_files(folder: Path) -> dict[str, Path]:
    """Relative POSIX name → Parquet file, sorted by name; names with a leading `.` or `_` are bookkeeping."""
    found: dict[str, Path] = {}
    for file in folder.rglob("*.parquet"):
        relative = file.relative_to(folder)
        if file.is_file() and not any(part.startswith((".", "_")) for part in relative.parts):
            found[relative.as_posix()] = file
    return dict(sorted(found.items()))


def check_links(folder: Path) -> None:
    """Raise `data_unreadable` when a link below the folder leads out of it."""
    root = folder.resolve()
    for base, folders, files in os.walk(root, followlinks=False):
        for name in (*folders, *files):
            entry = Path(base, name)
            if entry.is_symlink() and not entry.resolve().is_relative_to(root):
                raise leads_out(entry.relative_to(root).as_posix())


def leads_out(entry: str) -> Exception:
    """The refusal of a link or Delta entry that points outside its folder."""
    return invalid(
        "An entry of the data folder leads out of it.",
        "数据文件夹中有指向其外部的条目。",
        {"entry": entry},
        code="data_unreadable",
    )
