"""What the engines say of a version they have put into the lake, for the row that will name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.processing.child import Refused

if TYPE_CHECKING:
    from catalog.lake import StoredVersion as LakeVersion
    from governance.validation.standard import ObjectForm


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column as it lies in the lake. `level` is None where the standard does not classify it."""

    name: str
    type: str
    level: int | None = None
    pii: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What the lake reports of a version it has written: path below the lake, digest, sizes, files,
    columns."""

    path: str
    digest: str
    rows: int
    bytes: int
    files: Mapping[str, str]
    columns: tuple[StoredColumn, ...] = field(default=())


def object_form(document: bytes | None, object_name: str) -> ObjectForm | None:
    """Columns and CSV settings the standard gives the dataset's object; None without a usable standard."""
    from governance.validation.errors import EngineError
    from governance.validation.standard import load, reference_form

    if document is None:
        return None
    try:
        parsed = load(document)
        return reference_form(parsed, object_name or parsed.object_names[0])
    except (EngineError, IndexError):
        return None  # the standard's own faults are told by validation, not by an upload


def described(lake: str, written: LakeVersion, form: ObjectForm | None) -> StoredVersion:
    """A version of the lake at `lake` with its columns, levelled and marked as the standard says."""
    from catalog.lake import Lake

    schema = Lake(lake).scan(written.path).collect_schema()
    return StoredVersion(
        path=written.path,
        digest=written.digest,
        rows=written.rows,
        bytes=written.bytes,
        files=written.files,
        columns=tuple(_column(name, str(kind), form) for name, kind in schema.items()),
    )


def _column(name: str, kind: str, form: ObjectForm | None) -> StoredColumn:
    from governance.validation.masking import classification_level

    declared = {c.physical_name: c for c in form.columns.values()} if form else {}
    column = declared.get(name)
    if column is None:
        return StoredColumn(name, kind)
    level = classification_level(column.classification)
    return StoredColumn(name, kind, max(level or 3, 3) if column.pii else level, tuple(column.pii))


@dataclass(frozen=True, slots=True)
class CleanedRows:
    """What a cleaning reports: the row balance, its steps, and the quarantine as it lies in the lake."""

    rows_in: int
    rows_out: int
    rows_quarantined: int
    steps: Sequence[Mapping[str, Any]]
    quarantine_path: str
    quarantine_digest: str
    reasons: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)


def require_unchanged(path: Path, digest: str, uid: str) -> None:
    """Raise Refused `bytes_changed` with the version's uid unless its bytes still have its digest."""
    from governance.validation.digests import path_digest
    from governance.validation.errors import EngineError

    try:
        found = path_digest(path)
    except (EngineError, OSError):
        found = ""
    if found != digest:
        raise Refused("bytes_changed", {"version": uid})
