"""How long a rejection stands.

A rejected suggestion silences its topic (kind and columns of one object) until the evidence has changed:

- `more_rows`: ten times as many rows speak for it as when it was rejected;
- `fails`: it failed some rows then and none now, or none then and some now;
- `parameters`: another list of values or another pattern; a bound moved by more than a tenth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Changed = Literal["more_rows", "fails", "parameters"]
GROWN = 10
MOVED = 0.1


def remembered(now: Mapping[str, Any], rejected: Mapping[str, Any]) -> bool:
    """Whether a rejection still stands. Both are `Suggestion.as_dict()` or as much of it."""
    return now["topic"] == rejected["topic"] and evidence_changed(now, rejected) is None


def evidence_changed(now: Mapping[str, Any], then: Mapping[str, Any]) -> Changed | None:
    """What makes it worth asking again; None where nothing does."""
    new, old = now["evidence"], then["evidence"]
    if old["checked"] and (new["checked"] or 0) >= GROWN * old["checked"]:
        return "more_rows"
    if (new["failing"] is None) != (old["failing"] is None) or bool(new["failing"]) != bool(old["failing"]):
        return "fails"
    return None if _alike(now["parameters"], then["parameters"]) else "parameters"


def _alike(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    if set(new) != set(old):
        return False
    span = max((abs(value) for value in old.values() if _is_number(value)), default=0)
    return all(
        abs(new[key] - old[key]) <= MOVED * span
        if _is_number(new[key]) and _is_number(old[key])
        else new[key] == old[key]
        for key in new
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
