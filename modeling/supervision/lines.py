"""One spool line as plain, bounded values; what does not fit is dropped, so that a bad line costs only
itself.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_NAME = 80
LONGEST_FACT = 500
MOST_FACTS = 20
LARGEST_STEP = 2**31 - 1
LEVELS = frozenset({"info", "warning", "error"})


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one metric at one step; finite numbers only."""

    metric: str
    step: int
    value: float
    epoch: float
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log: a code and facts as text."""

    at: dt.datetime
    level: str
    code: str
    facts: Mapping[str, str]


def point_of(raw: bytes) -> Point | None:
    """A metric point, or None for a line that is none (cut short by a kill, or not ours)."""
    found = _object(raw)
    try:
        metric, step = found["metric"], found["step"]
        value, epoch = float(found["value"]), float(found["epoch"])
        at = _instant(found["at"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    known = isinstance(metric, str) and 0 < len(metric) <= LONGEST_NAME and "\0" not in metric
    counted = isinstance(step, int) and not isinstance(step, bool) and 0 <= step <= LARGEST_STEP
    if not known or not counted or not math.isfinite(value) or not math.isfinite(epoch):
        return None
    return Point(metric, step, value, epoch, at)


def line_of(raw: bytes) -> Line | None:
    """A log line, or None."""
    found = _object(raw)
    try:
        code, at = found["code"], _instant(found["at"])
    except (KeyError, TypeError, ValueError):
        return None
    if not isinstance(code, str) or not code:
        return None
    level = found.get("level")
    facts = [(key, value) for key, value in found.items() if key not in {"at", "level", "code"}]
    return Line(
        at,
        level if isinstance(level, str) and level in LEVELS else "info",
        _text(code, LONGEST_NAME),
        {_text(key, LONGEST_NAME): _text(value, LONGEST_FACT) for key, value in facts[:MOST_FACTS]},
    )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _instant(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant without its zone")
    return found


def _text(value: object, longest: int) -> str:
    """Text as both databases store it: no NUL, no unpaired surrogate, bounded."""
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()[:longest]
