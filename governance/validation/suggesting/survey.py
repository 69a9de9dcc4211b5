"""Profile and suggestions of a data file, with or without a standard: what `standard suggest` prints."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from governance.validation.engine.preparing import csv_settings, prepare
from governance.validation.engine.validating import data_stem
from governance.validation.errors import refuse
from governance.validation.masking import column_level, is_masked
from governance.validation.model import Column
from governance.validation.pii import kinds_in
from governance.validation.profiling import Profile, masked, profile_frame, shown_texts
from governance.validation.reading import RawTable, open_table
from governance.validation.standard import CompiledStandard, StandardDocument, compile_standard
from governance.validation.standard.changing import changed
from governance.validation.suggesting.model import Suggestion
from governance.validation.suggesting.offering import suggest
from governance.validation.suggesting.skeleton import skeleton


@dataclass(frozen=True)
class Survey:
    """A masked profile, the suggestions it speaks for, and the document they were made for."""

    profile: Profile
    suggestions: tuple[Suggestion, ...]
    document: StandardDocument

    def accepted(self) -> StandardDocument:
        """The document with every suggestion in it."""
        return changed(self.document, [one.change for one in self.suggestions])[0]


def survey(
    data: Path,
    standard: StandardDocument | None,
    *,
    now: datetime,
    object_name: str | None = None,
    previous: Path | None = None,
) -> Survey:
    """Read the data, profile it, suggest. Raises EngineError for bad input."""
    stem = data_stem(data)
    law = None if standard is None else compile_standard(standard, object_name, stem)
    with ExitStack() as stack:
        table, before = (
            None if path is None else stack.enter_context(_opened(path, law, code))
            for path, code in ((data, "data_not_found"), (previous, "previous_not_found"))
        )
        if table is None:
            raise refuse("data_not_found")
        if law is None:  # a first look tells the types, the second one the figures of typed columns
            law = compile_standard(
                skeleton(profile_frame(table.frame, today=now.date()), object_name or stem)
            )
        profile = _profile(table, law, now.date())
        earlier = None if before is None else _profile(before, law, now.date())
    return Survey(profile, suggest(profile, law, now=now, previous=earlier), law.document)


def _opened(path: Path, compiled: CompiledStandard | None, code: str) -> RawTable:
    if not path.exists():
        raise refuse(code)
    form = compiled.form if compiled else None
    return open_table(
        path, csv=csv_settings(form.csv if form else None), declared=form.physical_names if form else ()
    )


def _profile(table: RawTable, law: CompiledStandard, today: date) -> Profile:
    """Levels as in a report (standard-rules §5.3), from the values the profile would show."""
    found = profile_frame(prepare(table, law.columns).frame, today=today)
    columns = found["columns"]
    return masked(found, {name for name in columns if _hidden(law.columns[name], columns[name], today)})


def _hidden(column: Column, facts: Mapping[str, Any], today: date) -> bool:
    content = column.classification is None and bool(kinds_in(shown_texts(facts), today=today))
    return is_masked(
        column_level(classification=column.classification, pii=bool(column.pii), content=content)
    )
