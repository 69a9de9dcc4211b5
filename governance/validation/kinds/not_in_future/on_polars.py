"""`not_in_future` on Polars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from governance.validation.kinds.base import INSTANT_TYPES, Bound, PolarsBody


def latest(bound: Bound) -> Any:
    """The last instant or day that is right."""
    bound.need(*INSTANT_TYPES)
    if bound.column.logical.name == "date":
        return bound.resources.today
    try:
        return bound.resources.now + timedelta(seconds=float(bound["grace_seconds"]))
    except OverflowError:  # a grace beyond the calendar: no instant is too late
        return datetime.max.replace(tzinfo=UTC)


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """`le(now)`."""
    return "less_than_or_equal_to", {"max_value": latest(bound)}


def ok(bound: Bound) -> pl.Expr:
    """The same comparison as an expression."""
    return bound.value <= pl.lit(latest(bound))


BODY = PolarsBody(ok=ok, builtin=builtin)
