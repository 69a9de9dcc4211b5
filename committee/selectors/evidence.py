"""The dossier's items as a page shows them: finding, result, and their data as small tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from committee.engine.texts import Text
from committee.selectors.words import local

MOST_ROWS = 100
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
    plain = [(name, shown(value)) for name, value in data.items() if not isinstance(value, (dict, list))]
    if plain:
        yield DataTable(prefix, (), tuple(plain))
    for name, value in data.items():
        path = f"{prefix} · {name}" if prefix else name
        if isinstance(value, dict) and value:
            yield from _of_object(path, value)
        elif isinstance(value, list) and value:
            yield _of_list(path, value)


def _of_object(path: str, value: dict[str, Any]) -> Iterator[DataTable]:
    if any(isinstance(inner, dict) for inner in value.values()):
        yield from data_tables(value, path)
        return
    rows = tuple((name, shown(inner)) for name, inner in list(value.items())[:MOST_ROWS])
    yield DataTable(path, (), rows, max(0, len(value) - MOST_ROWS))


def _of_list(path: str, value: list[Any]) -> DataTable:
    left = max(0, len(value) - MOST_ROWS)
    if all(isinstance(row, dict) for row in value):
        names = dict.fromkeys(name for row in value for name in row)
        headers = tuple(sorted(names, key=lambda name: name not in NAMING))
        rows = tuple(tuple(shown(row.get(name)) for name in headers) for row in value[:MOST_ROWS])
        return DataTable(path, headers, rows, left)
    return DataTable(path, (), tuple((shown(row),) for row in value[:MOST_ROWS]), left)


def shown(value: Any) -> str:
    """One value as text."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(shown(part) for part in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(part)}" for name, part in value.items()) or "–"
    return str(value)
