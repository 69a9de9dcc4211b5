"""`length`: code points of a text (standard-rules §2.5, §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.parameters import Parameter, Place, bad, whole
from governance.validation.kinds.wording import bounds_en, bounds_zh
from governance.validation.model import Column, Rule


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """`str_length`."""
    bound.need_text()
    return "str_length", {"min_value": bound["min"], "max_value": bound["max"]}


def ok(bound: Bound) -> pl.Expr:
    """The same, for use inside `invalid_values`."""
    bound.need_text()
    size = bound.value.str.len_chars()
    return size.is_between(bound["min"] or 0, bound["max"] if bound["max"] is not None else 1 << 32)


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """At least one bound."""
    if rule.parameters["min"] is None and rule.parameters["max"] is None:
        raise bad(Place(rule.kind, columns), "min", "or max is needed", "或 max 必须给出")


register(
    Kind(
        name="length",
        level="row",
        severity="minor",
        dimension="conformity",
        parameters={"min": Parameter(whole(0)), "max": Parameter(whole(0))},
        sentence=lambda rule: (
            f"The length of {rule.columns[0]} is {bounds_en(rule.written)} characters",
            f"{rule.columns[0]} 的长度须{bounds_zh(rule.written)} 个字符",
        ),
        ok=ok,
        builtin=builtin,
        verify=verify,
    )
)
