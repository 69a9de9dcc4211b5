"""The only way from the lake to a person or program outside a job: right, purpose, masking, audit.

Each look is checked, written to the ledger and committed before the first byte is read; a look that then
fails stays in the ledger. A look under a permit names the permit's purpose, sees its columns only, and is
written as a use of it; what such a permit refuses is noted there. The data libraries run in a child process
of their own, never in the web process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import permissions
from catalog.choices import MASK_FROM, MOST_EXPORTED, ReadPurpose
from catalog.exceptions import CellHidden, InvalidInput, NotFound
from catalog.models import Column, DatasetVersion, Quarantine
from catalog.paths import quarantine_path, version_path
from catalog.selectors import access
from governance import ledger, permits
from governance.choices import AccessAction
from governance.exceptions import DomainError, PermitRefused
from governance.models import User
from governance.refusals import governed
from governance.selectors import access_level
from governance.subject_ref import SubjectRef

T = TypeVar("T")
PAGE_ROWS = 20
CHILD_SECONDS = 60
UNCLASSIFIED = 2


@dataclass(frozen=True, slots=True)
class CellRows:
    """Masked rows: the record number, then the cells of `columns` as text."""

    columns: tuple[str, ...]
    masked: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    start: int


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is read: where it lies, whose rights guard it, the levels its columns have (None:
    unclassified)."""

    path: Path
    version: DatasetVersion
    subject: SubjectRef
    levels: dict[str, int | None]


def _version(version: DatasetVersion) -> _Stored:
    levels = dict(Column.objects.filter(version=version).values_list("name", "level"))
    ref = SubjectRef("dataset_version", version.uid, version.digest)
    return _Stored(version_path(version), version, ref, levels)


def _quarantine(quarantine: Quarantine) -> _Stored:
    """Guarded by the right on the source (standard-rules §8); its own levels count, never lower ones."""
    held = _version(quarantine.version)
    levels = {
        name: max(level or 0, quarantine.levels.get(name, 0)) or None for name, level in held.levels.items()
    }
    levels |= {"_gavel_step": 1, "_gavel_reason": 1}
    ref = SubjectRef("cleaning_run", quarantine.run.uid, quarantine.digest)
    return _Stored(quarantine_path(quarantine), quarantine.version, ref, levels)


def effective_level(stored: _Stored, column: str) -> int:
    """The column's level; an unclassified column has that of its dataset, where it is sensitive."""
    level = stored.levels.get(column)
    if level is not None:
        return level
    dataset = stored.version.dataset.level
    return dataset if dataset >= MASK_FROM else UNCLASSIFIED


def version_rows(*, actor: User, version: DatasetVersion, purpose: str, start: int = 0) -> CellRows:
    """A page of masked rows of a version. Raises NotFound, InvalidInput (purpose)."""
    return _rows(actor, _version(version), purpose, start, {})


def quarantine_rows(
    *, actor: User, quarantine: Quarantine, purpose: str, start: int = 0, step: str = ""
) -> CellRows:
    """A page of masked quarantined rows, of one step where one is named."""
    where = {"_gavel_step": step} if step else {}
    return _rows(actor, _quarantine(quarantine), purpose, start, where)


def version_cell(*, actor: User, version: DatasetVersion, purpose: str, row: int, column: str) -> str | None:
    """Open one cell. Raises CellHidden unless a role or live read permit covers its level."""
    return _cell(actor, _version(version), purpose, row, column)


def quarantine_cell(
    *, actor: User, quarantine: Quarantine, purpose: str, row: int, column: str
) -> str | None:
    """Open one cell of a quarantined row, by its record number in the source."""
    return _cell(actor, _quarantine(quarantine), purpose, row, column)


def version_export(
    *, actor: User, version: DatasetVersion, purpose: str, columns: Collection[str], rows: int
) -> IO[bytes]:
    """The first rows of some columns as CSV, unmasked, in a file that is gone when it is closed.

    Raises InvalidInput, NotFound (a column), PermitRefused subclasses: a role on the dataset is no permit.
    """
    stored = _version(version)
    wanted = sorted(stored.levels) if permits.ALL_COLUMNS in columns else list(dict.fromkeys(columns))

    def allow() -> None:
        _allow_export(actor=actor, stored=stored, purpose=purpose, columns=wanted, rows=rows)

    _noting(actor, stored, AccessAction.EXPORT, purpose, wanted, allow)
    file = tempfile.NamedTemporaryFile(suffix=".csv")  # noqa: SIM115 - the caller sends it and closes it
    _ask({"path": str(stored.path), "export": {"columns": wanted, "rows": rows, "to": file.name}})
    return file


@governed("rows.show")
def _allow_rows(*, actor: User, stored: _Stored, purpose: str, start: int) -> frozenset[str]:
    """The columns a permit for this purpose opens; none for a general purpose."""
    permissions.require_seen(actor, stored.version.dataset)
    _check_purpose(actor, stored, AccessAction.READ, purpose)
    opened = frozenset() if purpose in ReadPurpose.values else _use(actor, stored, "rows", purpose, ())
    ledger.append(
        type="rows.shown",
        actor=actor,
        subject=stored.subject,
        data={"purpose": purpose, "start": start, "rows": PAGE_ROWS, "unmasked": sorted(opened)},
    )
    return opened


@governed("cell.open")
def _allow_cell(*, actor: User, stored: _Stored, purpose: str, row: int, column: str) -> None:
    permissions.require_seen(actor, stored.version.dataset)
    _check_purpose(actor, stored, AccessAction.READ, purpose)
    if column not in stored.levels:
        raise NotFound
    # Content may be personal where nobody classified it: opening it then takes the right to sensitive cells.
    level = stored.levels[column] or max(effective_level(stored, column), access_level(AccessAction.READ))
    if not permissions.reads_freely(actor, stored.version, level):
        _use(actor, stored, "cell", purpose, (column,))
    ledger.append(
        type="cell.opened",
        actor=actor,
        subject=stored.subject,
        data={"purpose": purpose, "row": row, "column": column, "level": level},
    )


@governed("rows.export")
def _allow_export(*, actor: User, stored: _Stored, purpose: str, columns: Collection[str], rows: int) -> None:
    permissions.require_seen(actor, stored.version.dataset)
    if not 1 <= rows <= MOST_EXPORTED:
        raise InvalidInput(field="rows", reason=_("from 1 to %(most)s") % {"most": MOST_EXPORTED})
    if not columns:
        raise InvalidInput(field="columns", reason=_("name at least one"))
    if not set(columns) <= set(stored.levels):
        raise NotFound
    _check_purpose(actor, stored, AccessAction.EXPORT, purpose)
    levels = {name: stored.levels[name] for name in columns}
    bound = [n for n, level in levels.items() if not permissions.exports_freely(actor, stored.version, level)]
    if bound:
        _use(actor, stored, "export", purpose, bound, AccessAction.EXPORT)
    ledger.append(
        type="rows.exported",
        actor=actor,
        subject=stored.subject,
        data={"purpose": purpose, "rows": rows, "columns": sorted(columns)},
    )


def _use(
    actor: User,
    stored: _Stored,
    what: str,
    purpose: str,
    columns: Iterable[str],
    action: str = AccessAction.READ,
) -> frozenset[str]:
    """Write the use of the permit that covers it, and return the columns it opens.

    Raises the PermitRefused subclass of the permit that came nearest; CellHidden where there is none.
    """
    try:
        permit, use = access.access_permit(actor, stored.version, action, purpose, columns)
    except PermitRefused as refusal:
        if type(refusal) is PermitRefused and action == AccessAction.READ:
            raise CellHidden from refusal
        raise
    permits.use_once(use, permit=permit, what=what, job_id=uuid4().hex)
    granted = permit.terms.get("columns", [])
    return frozenset(stored.levels if permits.ALL_COLUMNS in granted else granted)


def _noting(
    actor: User, stored: _Stored, action: str, purpose: str, columns: Iterable[str], act: Callable[[], T]
) -> T:
    """Do it; a refusal for want of a permit is noted on the page of the permit it concerns."""
    try:
        return act()
    except (PermitRefused, CellHidden) as refusal:
        _note(actor, stored, action, purpose, columns, refusal)
        raise


def _note(
    actor: User, stored: _Stored, action: str, purpose: str, columns: Iterable[str], refusal: DomainError
) -> None:
    for subject in access.access_subjects(stored.version):
        if access.has_permits(subject, action):
            use = access.access_use(actor, subject, action, purpose, columns)
            permits.note_refusal(use, code=refusal.code)
            return


def _check_purpose(actor: User, stored: _Stored, action: str, purpose: str) -> None:
    """A general purpose of looking, or one for which the person has had a permit. Raises InvalidInput."""
    if purpose in ReadPurpose.values:
        return
    if purpose not in access.purposes_held(actor, stored.version, action):
        raise InvalidInput(field="purpose", reason=_("unknown"))


def _rows(actor: User, stored: _Stored, purpose: str, start: int, where: dict[str, str]) -> CellRows:
    start = max(0, start)

    def allow() -> frozenset[str]:
        return _allow_rows(actor=actor, stored=stored, purpose=purpose, start=start)

    opened = _noting(actor, stored, AccessAction.READ, purpose, (), allow)
    hidden = [
        name for name in stored.levels if name not in opened and effective_level(stored, name) >= MASK_FROM
    ]
    open_ = [
        name
        for name, level in stored.levels.items()
        if level is None and name not in hidden and name not in opened
    ]
    asked = {
        "count": PAGE_ROWS,
        "start": start,
        "hidden": hidden,
        "unclassified": open_,
        "where": where,
        "today": timezone.localdate().isoformat(),
    }
    found = _ask({"path": str(stored.path), "rows": asked})
    rows = tuple(tuple(row) for row in found["rows"])
    return CellRows(tuple(found["columns"]), tuple(found["masked"]), rows, start)


def _cell(actor: User, stored: _Stored, purpose: str, row: int, column: str) -> str | None:
    def allow() -> None:
        _allow_cell(actor=actor, stored=stored, purpose=purpose, row=row, column=column)

    _noting(actor, stored, AccessAction.READ, purpose, (column,), allow)
    value: str | None = _ask({"path": str(stored.path), "cell": {"row": row, "column": column}})["value"]
    return value


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    """Ask the child. Raises NotFound where the row or the bytes are gone, RuntimeError where it fails."""
    ended = subprocess.run(
        [sys.executable, "-m", "catalog.lake.cells"],
        input=json.dumps(question).encode(),
        capture_output=True,
        cwd=settings.BASE,
        timeout=CHILD_SECONDS,
        check=False,
    )
    if ended.returncode != 0:
        raise RuntimeError(f"reading cells ended with {ended.returncode}")
    answer: dict[str, Any] = json.loads(ended.stdout)
    if "error" in answer:
        raise NotFound
    return answer
