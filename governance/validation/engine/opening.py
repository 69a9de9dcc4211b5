"""The data of a validation, opened and refused by one reader whatever engine runs the rules
(standard-rules §2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from governance.validation.engine.preparing import Other, Prepared, csv_settings, prepare
from governance.validation.engine.request import ValidationRequest
from governance.validation.errors import EngineError, refuse
from governance.validation.folders import exists
from governance.validation.kinds.base import Resources
from governance.validation.model import ObjectForm
from governance.validation.reading import RawTable, open_table
from governance.validation.standard import CompiledStandard, reference_form


@dataclass(frozen=True)
class Opened:
    """The judged table, what it is compared with, and the plain data the rules may ask for."""

    table: RawTable
    seen: Prepared
    references: Mapping[str, RawTable]
    previous: RawTable | None
    resources: Resources

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Around all passes over the data: what they say counts only where every file still is what its
        digest is about. Raises `data_unreadable`, also where a pass broke because one is not."""
        try:
            yield
        except EngineError:
            self._check_unchanged()
            raise
        self._check_unchanged()

    def _check_unchanged(self) -> None:
        for table in (self.table, *self.references.values(), *([self.previous] if self.previous else ())):
            table.check_unchanged()


def open_all(request: ValidationRequest, compiled: CompiledStandard, stack: ExitStack) -> Opened:
    """Open every table of the request; `stack` closes them. Raises every refusal of §2.2."""
    for path, code in ((request.data, "data_not_found"), (request.previous, "previous_not_found")):
        if path is not None and not exists(path):
            raise refuse(code)
    for name, path in request.references.items():
        if not exists(path):
            raise refuse("reference_not_found", {"reference": name})
    form = compiled.form
    table = stack.enter_context(_open(request.data, form))
    if request.head is not None:
        table = first_records(table, request.head)
    previous = stack.enter_context(_open(request.previous, form)) if request.previous is not None else None
    references: dict[str, RawTable] = {}
    others: dict[str, Other] = {}
    for name, path in request.references.items():
        own = reference_form(compiled.document, name)
        references[name] = stack.enter_context(_open(path, own))
        others[name] = Other(references[name], own)
    seen = prepare(table, compiled.columns)
    resources = Resources(
        now=request.now,
        timezone=form.timezone,
        references=others,
        previous=Other(previous, form) if previous is not None else None,
        table_columns=table.columns,
        physical=seen.physical,
        table_name=form.name,
        file_format=table.format,
    )
    return Opened(table, seen, references, previous, resources)


def first_records(table: RawTable, count: int) -> RawTable:
    """The first records of a table, which the caller keeps open; its digest stays that of all bytes."""
    rows = min(count, table.rows)
    return replace(table, frame=table.frame.head(count), rows=rows, scan=None, scratch=None)


def _open(path: Path, form: ObjectForm | None) -> RawTable:
    settings = csv_settings(form.csv if form else None)
    return open_table(path, csv=settings, declared=form.physical_names if form else ())
