"""The versions a job reads: there when it begins, and still the same when it ends.

Versions are immutable, so bytes that went away or changed under way are a fault outside: the job ends with a
code of its own, and nothing of it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from catalog.exceptions import VersionChanged
from catalog.models import DatasetVersion
from catalog.paths import version_path
from catalog.processing.child import Refused
from catalog.services import version_changed, version_verify

DATA: Final = "bytes"
REFERENCE: Final = "reference"
PREVIOUS: Final = "previous"

Looks = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Input:
    """A version in its part (data, reference or previous), its name there, and how its files looked."""

    part: str
    name: str
    version: DatasetVersion
    path: Path
    looks: Looks

    def refused(self, what: str) -> Refused:
        """The refusal `bytes_gone`, `reference_changed` and so on, naming the part but no other dataset."""
        return Refused(f"{self.part}_{what}", {self.part: self.name})

    def require_same(self, digest: str) -> None:
        """`digest` is what the engine read. Raises Refused for bytes that are gone, others, or were touched
        meanwhile."""
        found = looks_of(self.path)
        if digest == self.version.digest and found == self.looks:
            return
        # Where the bytes are whole again, they were not all the time: what was read in between is not known.
        _recorded(self.version)
        raise self.refused("changed" if found else "gone")


def present(part: str, version: DatasetVersion, name: str = "") -> Input:
    """A version that is about to be read. Raises Refused where its bytes are gone.

    A reference may be gone: only the engine knows which ones the rules read.
    """
    path = version_path(version)
    found = Input(part, name or str(version), version, path, looks_of(path))
    if not found.looks and part != REFERENCE:
        version_changed(version)
        raise found.refused("gone")
    return found


@contextmanager
def watched(inputs: Sequence[Input]) -> Iterator[None]:
    """Where an engine gives up because an input went away or changed under it, that is the reason told."""
    try:
        yield
    except Refused as error:
        for one in inputs:
            found = looks_of(one.path)
            if found != one.looks or _names(error, one):
                _recorded(one.version)
                raise one.refused("changed" if found else "gone") from error
        raise


def _names(error: Refused, one: Input) -> bool:
    return error.code == f"{one.part}_gone" and error.detail.get(one.part) == one.name


def _recorded(version: DatasetVersion) -> bool:
    """Whether the bytes have the digest; if not, an incident is open now."""
    try:
        version_verify(version)
    except VersionChanged:
        return False
    return True


def looks_of(path: Path) -> Looks:
    """Name, size, time of change and inode of every file below a path: cheap, and different after a write."""
    try:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else []
        return tuple((str(file.relative_to(path)), *_facts(file)) for file in files)
    except OSError:  # went away while we looked
        return ()


def _facts(file: Path) -> tuple[int, int, int]:
    facts = file.stat()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def require_all_same(inputs: Sequence[Input], report: Mapping[str, Any]) -> None:
    """Every input against the digest the report says was read. Raises Refused."""
    references = report.get("references") or {}
    for one in inputs:
        entry = references.get(one.name) if one.part == REFERENCE else report.get(READ[one.part])
        if entry is not None:
            one.require_same(entry["digest"])


READ: Final = {DATA: "data", PREVIOUS: "previous"}
"""Where the report speaks of an input."""


@contextmanager
def noting_changes(versions: Sequence[DatasetVersion]) -> Iterator[None]:
    """Record the change where an engine found other bytes than a version's digest names."""
    try:
        yield
    except Refused as error:
        changed = [
            v for v in versions if error.code == "bytes_changed" and v.uid == error.detail.get("version")
        ]
        for version in changed:
            version_changed(version)
            raise Refused(error.code, {DATA: str(version)}) from error
        raise
