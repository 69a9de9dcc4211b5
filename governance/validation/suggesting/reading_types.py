"""The types of columns told from their facts (standard-rules §2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ORDER = ("integer", "number", "boolean", "date", "timestamp", "time")

_STORED = (
    ("Int", "integer"),
    ("UInt", "integer"),
    ("Float", "number"),
    ("Decimal", "number"),
    ("Boolean", "boolean"),
    ("Datetime", "timestamp"),
    ("Date", "date"),
    ("Time", "time"),
    ("Struct", "object"),
    ("List", "array"),
    ("Array", "array"),
)


def text_type(facts: Mapping[str, Any]) -> str | None:
    """The first type of ORDER that every value is of; None for texts, mixtures, codes with leading zeros."""
    count = facts.get("count") or 0
    for name in ORDER:
        castable, of, exact = figure(facts, "castable", name)
        if count and exact and castable == of == count:
            coded = name in ("integer", "number") and facts.get("leading_zeros", 0)
            return None if coded else name
    return None


def stored_type(kind: str) -> str | None:
    """The logical type of a stored one, by the first word of its name in a profile; None for text."""
    return next((name for start, name in _STORED if kind.startswith(start)), None)


def figure(facts: Mapping[str, Any], what: str, name: str) -> tuple[int, int, bool]:
    """(cells that are so, cells looked at, whether those are all cells) of `castable` or `formats`."""
    counted = (facts.get("counted") or {}).get(f"{what}.{name}")
    if counted is not None:
        return int(counted), int(facts["count"]), True
    return (
        int((facts.get(what) or {}).get(name, 0)),
        int(facts.get("looked_at") or 0),
        bool(facts.get("looked_at_all")),
    )
