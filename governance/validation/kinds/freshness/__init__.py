"""`freshness`: the newest value is not too old (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from governance.validation.kinds.base import INSTANT_TYPES, Bound, Finding, Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, bad, not_negative
from governance.validation.model import Rule

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def max_age(value: Any, place: Place) -> Decimal:
    """`{value, unit}` in seconds."""
    if not isinstance(value, dict) or set(value) != {"value", "unit"} or value["unit"] not in SECONDS:
        raise bad(
            place,
            "max_age",
            "is {value, unit} with unit s, m, h or d",
            "应为 {value, unit}，unit 取 s、m、h、d",
        )
    return not_negative(value["value"], place) * SECONDS[value["unit"]]


def newest(bound: Bound) -> Mapping[str, pl.Expr]:
    """The newest selected value."""
    bound.need(*INSTANT_TYPES)
    value = bound.value if bound.selected is None else bound.value.filter(bound.selected)
    return {"newest": value.max()}


def judge(bound: Bound, values: Mapping[str, Any]) -> Finding:
    """Age in seconds against `max_age`; a date counts as its midnight in the object's zone."""
    found = values["newest"]
    if found is None:
        return Finding(False, reason="no_value")
    if not isinstance(found, datetime):
        found = datetime.combine(found, time(), tzinfo=ZoneInfo(bound.resources.timezone))
    gap = bound.resources.now - found  # zones differ, so this is by instants, and the year 1 needs no other
    micro = (gap.days * 86400 + gap.seconds) * 1_000_000 + gap.microseconds
    whole, rest = divmod(micro, 1_000_000)
    return Finding(
        Decimal(micro) <= bound["max_age"] * 1_000_000, observed=whole if rest == 0 else micro / 1e6
    )


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    age, column = rule.written["max_age"], rule.columns[0]
    shown = f"{age['value']} {age['unit']}"
    return f"The newest {column} is at most {shown} old", f"{column} 的最新值距今不得超过 {shown}"


register(
    Kind(
        name="freshness",
        summary=("The newest value is not too old", "最新值不得过旧"),
        level="table",
        severity="major",
        dimension="timeliness",
        parameters={"max_age": Parameter(max_age, REQUIRED)},
        sentence=sentence,
        judge=judge,
    )
)
