"""Samples and masking: collected first, levelled, then written once (standard-rules §5.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from governance.validation.engine.facts import RuleFacts
from governance.validation.engine.judging import Outcome
from governance.validation.errors import Unjudgeable
from governance.validation.kinds import registry
from governance.validation.kinds.sql import query_of
from governance.validation.masking import (
    SHOWN_UP_TO,
    classification_level,
    column_level,
    is_masked,
    shown_key,
    shown_value,
)
from governance.validation.model import Column, StandardWarning
from governance.validation.pii import kinds_in

Cells = dict[int, dict[str, str | None]]


@dataclass(frozen=True)
class Masking:
    """Level of every column of the report, and the warnings about what content detection saw."""

    levels: Mapping[str, int]
    warnings: tuple[StandardWarning, ...]

    def hides(self, name: str) -> bool:
        """Whether the column is masked in this report."""
        return is_masked(self.levels[name])


def classified_at_least(columns: Mapping[str, Column], least: Mapping[str, int]) -> Mapping[str, Column]:
    """Columns whose data column is known to be of a masked level are classified so, if not higher already.

    Where nobody classified it (0), a level that shows is not taken: its content decides.
    """
    found = dict(columns)
    for name, column in columns.items():
        known, said = least.get(column.physical_name), classification_level(column.classification) or 1
        if known and known > max(SHOWN_UP_TO, said):
            found[name] = replace(column, classification=str(known))
        elif known == 0 and said <= SHOWN_UP_TO:
            found[name] = replace(column, classification=None)
    return found


def levels_of(
    columns: Mapping[str, Column],
    facts: Iterable[RuleFacts],
    outcomes: Iterable[Outcome],
    cells: Cells,
    key: tuple[str, ...],
    today: date,
) -> Masking:
    """The level of each column from all that this report would show of it."""
    facts = list(facts)
    shown = _shown_texts(facts, outcomes, cells, key)
    ruled = {name for item in facts for name in item.pii_columns}
    levels: dict[str, int] = {}
    warnings: list[StandardWarning] = []
    for name, column in columns.items():
        kinds = kinds_in(shown[name], today=today) if shown.get(name) else ()
        flagged = bool(column.pii) or name in ruled
        levels[name] = column_level(classification=column.classification, pii=flagged, content=bool(kinds))
        if kinds and not flagged:
            warnings += _content_warning(column, kinds, levels[name])
    return Masking(levels, tuple(warnings))


def write_samples(
    outcome: Outcome, facts: RuleFacts, cells: Cells, key: tuple[str, ...], masking: Masking, secret: bytes
) -> Outcome:
    """The outcome with its masked samples and its masked `observed`."""
    samples = tuple(
        {
            "row": row,
            "key": {
                name: shown_key(cells[row][name], masking.levels[name], secret)
                for name in key
                if name in cells[row]
            },
            "values": {
                name: shown_value(cells[row][name], masking.levels[name])
                for name in outcome.rule.columns
                if name in cells[row]
            },
        }
        for row in facts.first_rows
        if row in cells
    )
    hidden = outcome.observed is not None and _hides_observed(outcome, facts, masking)
    return replace(outcome, samples=samples, observed=None if hidden else outcome.observed)


def _shown_texts(
    facts: Iterable[RuleFacts], outcomes: Iterable[Outcome], cells: Cells, key: tuple[str, ...]
) -> dict[str, set[str]]:
    shown: dict[str, set[str]] = defaultdict(set)
    for item in facts:
        for row in item.first_rows:
            for name in (*item.rule.columns, *key):
                text = cells.get(row, {}).get(name)
                if text is not None:
                    shown[name].add(text)
    for outcome in outcomes:
        if outcome.observed is not None and _is_value(outcome):
            shown[outcome.rule.columns[0]].add(_text(outcome.observed))
    return shown


def _text(observed: Any) -> str:
    """A whole double is shown without its `.0` too, so that a number hidden in it is found."""
    if isinstance(observed, float) and observed.is_integer():
        return str(int(observed))
    return str(observed)


def _is_value(outcome: Outcome) -> bool:
    return registry()[outcome.rule.kind].shows_value(outcome.rule)


def _hides_observed(outcome: Outcome, facts: RuleFacts, masking: Masking) -> bool:
    if _is_value(outcome):
        return masking.hides(outcome.rule.columns[0])
    if outcome.rule.kind != "sql" or facts.bound is None:
        return False
    try:
        query = query_of(facts.bound)
    except Unjudgeable:
        return True
    hidden = {name.lower() for name in masking.levels if masking.hides(name)}
    return bool(hidden) and (query.reads_all or any(name.lower() in hidden for name in query.shown))


def _content_warning(column: Column, kinds: tuple[str, ...], level: int) -> list[StandardWarning]:
    """Names the column and the kinds, never a value."""
    shown = ", ".join(kinds)
    given = classification_level(column.classification)
    if given is None:
        return [
            StandardWarning(
                "pii_like_masked",
                f"{column.name} has no classification and looks like {shown}; it is masked in this report.",
                f"{column.name} 未定级，内容疑似 {shown}；本报告已将其遮蔽。",
                column.name,
            )
        ]
    if level <= 2:
        return [
            StandardWarning(
                "pii_like_shown",
                f"{column.name} is classified {column.classification} and shown, but looks like {shown}.",
                f"{column.name} 定级为 {column.classification} 并已显示，但内容疑似 {shown}。",
                column.name,
            )
        ]
    return []
