"""The dossier's items as a page shows them: finding, result, and their data as small tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committee.engine.texts import Text
from committee.models import Case
from committee.selectors.words import local
from governance import registry
from governance.subject_ref import SubjectRef

MOST_ROWS = 100
# What the names of the data are called on pages; a name that is not here is shown as it stands in the file.
DATA_WORDS: dict[str, Any] = {
    "action": _("Action"),
    "after": _("After"),
    "against": _("Compared with"),
    "added": _("Added"),
    "asked": _("Asked for"),
    "before": _("Before"),
    "budget": _("Budget asked for"),
    "bytes": _("Bytes"),
    "case": _("Case"),
    "cases": _("Cases"),
    "cells": _("Cells"),
    "checked_at": _("Checked at"),
    "checked_rows": _("Rows checked"),
    "checks": _("Checks"),
    "column": _("Column"),
    "columns": _("Columns"),
    "columns_added": _("Columns added"),
    "columns_removed": _("Columns removed"),
    "conditions": _("Conditions"),
    "counts": _("Counts"),
    "cpu_seconds_per_1000_rows": _("CPU seconds per 1,000 rows"),
    "cpu_seconds_per_run": _("CPU seconds per run"),
    "dataset": _("Dataset"),
    "datasets": _("Datasets"),
    "digest": _("Content hash"),
    "dimensions": _("Dimensions"),
    "due": _("Due"),
    "due_at": _("Due at"),
    "estimate": _("Estimate"),
    "estimate_per_run": _("Estimate per run"),
    "failed": _("Failed"),
    "failing_rows": _("Failing rows"),
    "gate": _("Gate"),
    "kind": _("Kind"),
    "level": _("Level"),
    "licence": _("Licence"),
    "made_from_it": _("Made from it"),
    "max_failing_rows": _("Failing rows at most"),
    "model": _("Model"),
    "models": _("Models"),
    "moved": _("What moved"),
    "name": _("Name"),
    "number": _("Number"),
    "on": _("On"),
    "open": _("Open"),
    "opened_at": _("Opened at"),
    "outcome": _("Outcome"),
    "people": _("People"),
    "permit": _("Permit"),
    "permit_status": _("State of the permit"),
    "person": _("Person"),
    "personal": _("Personal data"),
    "purpose": _("Purpose"),
    "refused": _("Refused"),
    "removed": _("Removed"),
    "retyped": _("Of another type"),
    "returned": _("Times returned"),
    "role": _("Role"),
    "row": _("Row"),
    "rows": _("Rows"),
    "rows_changed": _("Rows changed"),
    "rule": _("Rule"),
    "rules": _("Rules"),
    "runs_used": _("Runs used"),
    "same_digest": _("Exactly this content"),
    "samples": _("Masked failing rows"),
    "score": _("Score"),
    "severity": _("Severity"),
    "standard": _("Standard"),
    "standard_before": _("Standard before"),
    "standard_now": _("Standard now"),
    "state": _("State"),
    "status": _("State"),
    "tried_gate": _("Gate when tried"),
    "tried_rows": _("Rows tried"),
    "type": _("Type"),
    "unclassified": _("Without level"),
    "unclassified_asked": _("Without level, asked for"),
    "until": _("Until"),
    "valid_from": _("Valid from"),
    "valid_until": _("Valid until"),
    "verdict": _("Verdict"),
    "version": _("Version"),
    "waived": _("Waived"),
    "waivers": _("Waivers"),
    "what": _("What"),
}
NAMING = ("id", "key", "name", "kind", "resolution")  # what a row is called comes first


@dataclass(frozen=True, slots=True)
class DataTable:
    """A small table: its name, its header cells (empty for name and value pairs), its rows of text."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One piece of evidence in the reader's language."""

    key: str
    title: str
    finding: str
    tone: str
    word: str
    source: str
    tables: tuple[DataTable, ...]


def evidence_rows(items: list[dict[str, Any]]) -> tuple[EvidenceRow, ...]:
    return tuple(
        EvidenceRow(
            key=item["key"],
            title=local(Text(item["title"], item["title_zh"])),
            finding=local(Text(item["finding"], item["finding_zh"])),
            tone=item["tone"],
            word=local(Text(item["word"], item["word_zh"])),
            source=item["source"],
            tables=tuple(data_tables(item["data"])),
        )
        for item in items
    )


def data_tables(data: dict[str, Any], prefix: str = "") -> Iterator[DataTable]:
    """Any JSON object as tables: plain values together, each list or nested object on its own."""
    plain = [(word(name), shown(v)) for name, v in data.items() if not isinstance(v, (dict, list))]
    if plain:
        yield DataTable(prefix, (), tuple(plain))
    for name, value in data.items():
        path = f"{prefix} · {word(name)}" if prefix else word(name)
        if isinstance(value, dict) and value:
            yield from _of_object(path, value)
        elif isinstance(value, list) and value:
            yield _of_list(path, value)


def _of_object(path: str, value: dict[str, Any]) -> Iterator[DataTable]:
    if any(isinstance(inner, dict) for inner in value.values()):
        yield from data_tables(value, path)
        return
    rows = tuple((word(name), shown(inner)) for name, inner in list(value.items())[:MOST_ROWS])
    yield DataTable(path, (), rows, max(0, len(value) - MOST_ROWS))


def _of_list(path: str, value: list[Any]) -> DataTable:
    left = max(0, len(value) - MOST_ROWS)
    if all(isinstance(row, dict) for row in value):
        names = dict.fromkeys(name for row in value for name in row)
        headers = tuple(sorted(names, key=lambda name: name not in NAMING))
        rows = tuple(tuple(shown(row.get(name)) for name in headers) for row in value[:MOST_ROWS])
        return DataTable(path, tuple(word(name) for name in headers), rows, left)
    return DataTable(path, (), tuple((shown(row),) for row in value[:MOST_ROWS]), left)


def shown(value: Any) -> str:
    """One value as text."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(shown(part) for part in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(part)}" for name, part in value.items()) or "–"
    return str(value)


def word(name: str) -> str:
    return str(DATA_WORDS.get(name, name))


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the cover of the evidence file; the hash is over all of its bytes."""

    digest: str
    built_at: dt.datetime
    bytes: int
    subject_title: str
    predecessor: str
    terms: tuple[tuple[str, str], ...]
    sizes: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]


def cover_of(case: Case, content: dict[str, Any]) -> Cover:
    titles = {item["key"]: local(Text(item["title"], item["title_zh"])) for item in content["items"]}
    sizes: dict[str, int] = content.get("sizes", {})
    left_out: dict[str, int] = content.get("left_out", {})
    return Cover(
        digest=case.dossier.digest,
        built_at=dt.datetime.fromisoformat(content["built_at"]),
        bytes=len(bytes(case.dossier.content)),
        subject_title=registry.title_of(SubjectRef(case.subject_kind, case.subject_id)),
        predecessor=content.get("predecessor", ""),
        terms=tuple((word(name), shown(value)) for name, value in content["terms"].items()),
        sizes=tuple((titles.get(key, key), size) for key, size in sizes.items()),
        left_out=tuple(left_out.items()),
    )
