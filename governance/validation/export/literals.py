"""Values of a compiled standard as Python source, with the names such source needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from governance.validation.export.source import NotPortable
from governance.validation.model import Threshold, Tolerance
from governance.validation.scalars import SourceFloat, SourceInt


def literal(value: Any) -> str:
    """Python source of a parameter; raises NotPortable for a value of another kind."""
    if isinstance(value, list | tuple):
        inner = ", ".join(map(literal, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, SourceInt | SourceFloat):
        return repr(value.source)  # cast by its text, as the standard writes it
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return f"float({str(value)!r})"
    if isinstance(value, datetime | date | time | timedelta | Decimal | Fraction):
        return _called(value)
    if isinstance(value, Threshold):
        operands = literal(value.operands)
        return f"Threshold({value.operator!r}, {operands}, {value.unit!r}, None)"
    if isinstance(value, Tolerance):
        return f"Tolerance(rows={value.rows!r}, percent={literal(value.percent)})"
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, pl.DataType):
        return f"pl.{value!r}"
    raise NotPortable(type(value).__name__)


def _called(value: datetime | date | time | timedelta | Decimal | Fraction) -> str:
    if isinstance(value, datetime):
        parts = [
            value.year,
            value.month,
            value.day,
            value.hour,
            value.minute,
            value.second,
            value.microsecond,
        ]
        return f"datetime({', '.join(map(str, parts))}, tzinfo=UTC)" if value.tzinfo is UTC else _naive(parts)
    return repr(value).removeprefix("datetime.")


def _naive(parts: list[int]) -> str:
    return f"datetime({', '.join(map(str, parts))})"


def patterns_in(value: Any) -> set[str]:
    """Regular expressions in a written parameter, predicate or option."""
    found: set[str] = set()
    if isinstance(value, Mapping):
        if value.get("op") == "matches" and isinstance(value.get("value"), str):
            found.add(str(value["value"]))
        if isinstance(value.get("pattern"), str):
            found.add(str(value["pattern"]))
        for item in value.values():
            found |= patterns_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            found |= patterns_in(item)
    return found
