"""What each rule compiles to, in the words of Pandera: for pages, without loading Pandera itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from governance.validation.casts import value_type
from governance.validation.errors import Unjudgeable
from governance.validation.kinds import registry
from governance.validation.kinds.base import Bound, Resources, polars_body
from governance.validation.model import Column, Rule
from governance.validation.scalars import source_text
from governance.validation.standard.compiling import CompiledStandard

LONGEST = 400


def form_words(compiled: CompiledStandard, rule: Rule) -> str:
    """The schema part or the check of a rule, as an exported schema has it; cut at LONGEST characters."""
    if rule.unsupported:
        return ""
    words = _schema_part(compiled, rule) or _check(compiled, rule)
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def says_not_nullable(rule: Rule, columns: Mapping[str, Column]) -> bool:
    """`nullable=False` says the same as the rule: on text, where every cell can be cast, and with no
    exceptions."""
    plain = rule.where is None and rule.tolerance is None and rule.threshold is None
    return rule.kind == "not_null" and plain and columns[rule.columns[0]].is_text


def _schema_part(compiled: CompiledStandard, rule: Rule) -> str:
    if rule.kind == "columns":
        return f"DataFrameSchema(strict={rule.parameters['strict']})"
    if rule.kind == "dtype":
        column = compiled.columns[rule.columns[0]]
        if column.is_nested:
            return ""
        dtype = pl.String() if column.is_text else value_type(column.logical, pl.String())
        return f"Column({dtype})"
    return "Column(nullable=False)" if says_not_nullable(rule, compiled.columns) else ""


def _check(compiled: CompiledStandard, rule: Rule) -> str:
    name, arguments = _builtin(compiled, rule) or (registry()[rule.kind].check_name, _given(rule))
    shown = ", ".join(f"{key}={_shown(value)}" for key, value in arguments.items())
    return f"Check.{name}({shown})"


def _builtin(compiled: CompiledStandard, rule: Rule) -> tuple[str, Mapping[str, Any]] | None:
    builtin = polars_body(rule.kind).builtin
    if builtin is None or rule.where is not None or rule.kind == "not_in_future":
        return None  # the last reads the clock when it runs
    form = compiled.form
    resources = Resources(
        now=datetime.fromtimestamp(0, tz=UTC),
        timezone=form.timezone,
        table_columns=form.physical_names,
        physical={name: pl.String() for name in compiled.columns},
        table_name=form.name,
    )
    try:
        return builtin(Bound(rule, compiled.columns, resources))
    except Unjudgeable:
        return None


def _given(rule: Rule) -> dict[str, Any]:
    """Parameters as written, and what else narrows the rule."""
    found: dict[str, Any] = {"columns": list(rule.columns)} if len(rule.columns) > 1 else {}
    found |= rule.written
    if rule.threshold is not None:
        found[rule.threshold.operator] = rule.threshold.written
    if rule.where_tree is not None:
        found["where"] = rule.where_tree
    if rule.tolerance is not None:
        found |= rule.tolerance.as_dict()
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int | float):
        return source_text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_shown(item)}" for key, item in value.items()) + "}"
    return repr(value)
