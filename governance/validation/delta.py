"""Delta folders: live files and version, read through delta-rs; entries that lead out are refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from governance.validation.errors import refuse
from governance.validation.folders import leads_out


def is_delta(path: Path) -> bool:
    """Whether the path is a folder with a Delta log."""
    return (path / "_delta_log").is_dir()


@dataclass(frozen=True)
class DeltaFolder:
    """One Delta table at its newest version; `files` is relative name → live file, sorted by name."""

    root: Path
    version: int
    files: dict[str, Path]

    @classmethod
    def open(cls, path: Path) -> DeltaFolder:
        """Read the log; raises `data_unreadable`."""
        root = path.resolve()
        try:
            table = DeltaTable(str(root))
            uris = [str(uri) for uri in table.file_uris()]
            version = int(table.version())
        except (DeltaError, OSError, ValueError) as error:
            raise refuse("data_unreadable", "the Delta log cannot be read") from error
        files = dict(sorted(_inside(root, uri) for uri in uris))
        return cls(root, version, files)

    def scan(self) -> pl.LazyFrame:
        """The rows of this version, in the order of the log."""
        return pl.scan_delta(str(self.root), version=self.version)


def _inside(root: Path, uri: str) -> tuple[str, Path]:
    """Relative name and file of one live entry; a link or path that leads out of the folder is refused."""
    file = Path(uri.removeprefix("file://"))
    target = file.resolve()
    if "://" in uri.removeprefix("file://") or not target.is_relative_to(root):
        raise leads_out(Path(uri).name)
    if not target.is_file():
        raise refuse("data_unreadable", {"entry": Path(uri).name})
    return target.relative_to(root).as_posix(), target
