"""Importing a file of people: check it first, then import exactly what was checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance import exceptions as errors
from governance import people_file, permissions
from governance.actions.checks import check_slug
from governance.actions.people import LANGUAGES, check_choice, check_email, check_names, check_username
from governance.choices import TeamFunction
from governance.models import User
from governance.outbox import wake_on_commit
from governance.people_file import ALLOWED, NEEDED, FileFault, FileRow, PeopleFile
from governance.record.canonical import sha256_hex
from governance.refusals import governed
from governance.selectors.people_import import ERROR, ImportPlan, ImportRow, Step, export_rows, import_steps
from governance.services import people_import as services
from governance.tasks import outbox_send

FIRST_DAY, LAST_DAY = dt.date(1970, 1, 1), dt.date(2199, 12, 31)

UNREADABLE = {
    "too_large": gettext_lazy("it is larger than 1 MB"),
    "too_many_rows": gettext_lazy("it has more than 5,000 rows"),
    "encoding": gettext_lazy("it is neither UTF-8 nor GB18030 text"),
    "malformed": gettext_lazy("line %(detail)s is no CSV"),
    "empty": gettext_lazy("it has no rows"),
    "no_kind": gettext_lazy("it has no column “kind”"),
    "unknown_column": gettext_lazy("the column “%(detail)s” is unknown"),
    "column_twice": gettext_lazy("the column “%(detail)s” stands there twice"),
    "row_too_long": gettext_lazy("line %(detail)s has more cells than the header"),
}


@governed("people.import_check")
def people_import_check(*, actor: User, content: bytes) -> ImportPlan:
    """What importing the bytes would do, row by row; nothing is written. Raises ImportUnreadable."""
    permissions.allow(permissions.may_manage_people(actor))
    file = _read(content)
    rows, faults = _checked(file)
    steps = [*faults, *import_steps(rows, actor)]
    return ImportPlan(digest_of(content), file.encoding, tuple(sorted(steps, key=lambda step: step.line)))


@governed("people.import")
def people_import(*, actor: User, content: bytes, digest: str) -> ImportPlan:
    """Import the bytes whose check gave `digest`: all rows or none; the same again changes nothing.

    Raises ImportNotChecked, ImportUnreadable, ImportHasErrors, Conflict.
    """
    permissions.allow(permissions.may_manage_people(actor))
    if digest != digest_of(content):
        raise errors.ImportNotChecked
    file = _read(content)
    rows, faults = _checked(file)
    if faults:
        raise services.has_errors(ImportPlan(digest, file.encoding, tuple(faults)))
    plan = services.people_import(actor=actor, digest=digest, encoding=file.encoding, rows=rows)
    wake_on_commit(outbox_send.delay)
    return plan


@governed("people.export")
def people_export(*, actor: User) -> Iterator[dict[str, str]]:
    """The rows of the export; that somebody took them out is in the ledger. Raises NotPermitted."""
    permissions.allow(permissions.may_manage_people(actor))
    services.people_export_note(actor=actor)
    return export_rows()


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256_hex(content)}"


def _read(content: bytes) -> PeopleFile:
    try:
        return people_file.read(content)
    except FileFault as fault:
        reason = str(UNREADABLE[fault.code])
        if fault.detail:
            reason %= {"detail": fault.detail}
        raise errors.ImportUnreadable(reason=reason) from fault


def _checked(file: PeopleFile) -> tuple[list[ImportRow], list[Step]]:
    """Rows whose values could be stored, and the others as errors."""
    rows, faults = [], []
    for row in file.rows:
        try:
            rows.append(_row(row))
        except errors.DomainError as error:
            key = (row.cells.get("code") or row.cells.get("team") or "",)
            faults.append(Step(row.line, row.kind, key, ERROR, code=error.code, text=error.text))
    return rows, faults


def _row(row: FileRow) -> ImportRow:
    """Raises InvalidInput, HiddenCharacters."""
    if row.kind not in ALLOWED:
        raise errors.InvalidInput(field="kind", reason=_("unknown"))
    cells = {name: cell for name, cell in row.cells.items() if name != "kind"}
    for name, cell in cells.items():
        if cell and name not in ALLOWED[row.kind]:
            raise errors.InvalidInput(field=name, reason=_("stays empty for this kind"))
    for name in NEEDED[row.kind]:
        if not cells.get(name):
            raise errors.InvalidInput(field=name, reason=_("empty"))
    cells = {name: cell for name, cell in cells.items() if name in ALLOWED[row.kind]}
    if row.kind == "membership":
        return _membership(row.line, cells)
    code = cells.pop("code")
    if row.kind in ("department", "team"):
        check_slug("code", code, 40)
    else:
        check_username(code)
    names = check_names(cells.pop("name"), cells.get("name_zh", ""))
    values: dict[str, Any] = {name: names[name] for name in names if name == "name" or name in cells}
    cells.pop("name_zh", None)
    values |= {name: _CHECKS[name](cell) for name, cell in cells.items() if cell or name in CLEARABLE}
    return ImportRow(row.line, row.kind, (code,), values)


def _membership(line: int, cells: dict[str, str]) -> ImportRow:
    values = {name: _day(name, cells[name]) for name in ("since", "until") if cells.get(name)}
    if len(values) == 2 and values["until"] < values["since"]:
        raise errors.InvalidInput(field="until", reason=_("before the membership began"))
    return ImportRow(line, "membership", (cells["team"], cells["person"]), dict(values))


def _day(field: str, text: str) -> dt.date:
    """2026-01-31, or as Excel writes it: 2026/1/31. Raises InvalidInput."""
    try:
        year, month, day = (int(part) for part in text.replace("/", "-").split("-"))
        found = dt.date(year, month, day)
    except ValueError as error:
        raise errors.InvalidInput(
            field=field, reason=_("not a date: %(text)s") % {"text": text[:20]}
        ) from error
    if not FIRST_DAY <= found <= LAST_DAY:
        raise errors.InvalidInput(field=field, reason=_("not a date: %(text)s") % {"text": text[:20]})
    return found


def _yes(text: str) -> bool:
    return check_choice("active", text, ("yes", "no")) == "yes"


CLEARABLE = frozenset({"parent", "head", "email", "department"})
"""Columns whose empty cell says “none”; an empty cell of another says nothing."""

_CHECKS: dict[str, Callable[[str], Any]] = {
    "parent": str,
    "head": str,
    "email": check_email,
    "department": str,
    "language": lambda text: check_choice("language", text, LANGUAGES),
    "function": lambda text: check_choice("function", text, TeamFunction.values),
    "active": _yes,
}
