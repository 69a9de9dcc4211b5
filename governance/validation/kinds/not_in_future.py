"""`not_in_future`: no instant after now (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from governance.validation.kinds.base import INSTANT_TYPES, Bound, Kind, register
from governance.validation.kinds.parameters import Parameter, not_negative


def latest(bound: Bound) -> Any:
    """The last instant or day that is right."""
    bound.need(*INSTANT_TYPES)
    if bound.column.logical.name == "date":
        return bound.resources.today
    return bound.resources.now + timedelta(seconds=float(bound["grace_seconds"]))


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """`le(now)`."""
    return "less_than_or_equal_to", {"max_value": latest(bound)}


def ok(bound: Bound) -> pl.Expr:
    """The same comparison as an expression."""
    return bound.value <= pl.lit(latest(bound))


register(
    Kind(
        name="not_in_future",
        level="row",
        severity="major",
        dimension="timeliness",
        parameters={"grace_seconds": Parameter(not_negative, Decimal(0))},
        sentence=lambda rule: (
            f"{rule.columns[0]} is not in the future",
            f"{rule.columns[0]} 不得晚于当前时间",
        ),
        ok=ok,
        builtin=builtin,
    )
)
