"""`datetime_format`: text written in one of several JDK formats, and a real date (standard-rules §2.4,
§4)."""

from __future__ import annotations

from functools import reduce
from typing import Any

import polars as pl

from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, list_of, text
from governance.validation.kinds.wording import listed
from governance.validation.temporal import local_expr, parse_format


def known_format(value: Any, place: Place) -> str:
    """A JDK format that can be read."""
    written = text(value, place)
    parse_format(written)
    return written


def ok(bound: Bound) -> pl.Expr:
    """Some format reads the text as a real date and time."""
    bound.need_text()
    fits = [local_expr(bound.value, parse_format(form)).is_not_null() for form in bound["formats"]]
    return pl.when(bound.value.is_not_null()).then(reduce(pl.Expr.or_, fits))


register(
    Kind(
        name="datetime_format",
        level="row",
        severity="major",
        dimension="conformity",
        parameters={"formats": Parameter(list_of(known_format), REQUIRED)},
        sentence=lambda rule: (
            f"{rule.columns[0]} is written as {listed(rule.parameters['formats'])}",
            f"{rule.columns[0]} 须按 {listed(rule.parameters['formats'])} 书写",
        ),
        ok=ok,
    )
)
