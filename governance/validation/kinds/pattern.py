"""`regex`: text matches a pattern, searched unanchored in linear time (standard-rules §2.6, §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, boolean, text
from governance.validation.model import Rule
from governance.validation.regex import polars_pattern


def compiled(pattern: str) -> str:
    """The pattern for polars; raises Unjudgeable `regex_unsupported`."""
    rewritten = polars_pattern(pattern)
    if rewritten is None:
        raise Unjudgeable("regex_unsupported")
    return rewritten


def builtin(bound: Bound) -> tuple[str, Mapping[str, Any]] | None:
    """`str_contains`; `str_matches` would anchor the pattern."""
    bound.need_text()
    return None if bound["negate"] else ("str_contains", {"pattern": compiled(bound["pattern"])})


def ok(bound: Bound) -> pl.Expr:
    """No match, where `negate` asks for none."""
    bound.need_text()
    found = bound.value.str.contains(compiled(bound["pattern"]))
    return ~found if bound["negate"] else found


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column, pattern = rule.columns[0], rule.parameters["pattern"]
    if rule.parameters["negate"]:
        return f"{column} does not match {pattern}", f"{column} 不得匹配 {pattern}"
    return f"{column} matches {pattern}", f"{column} 须匹配 {pattern}"


register(
    Kind(
        name="regex",
        level="row",
        severity="major",
        dimension="conformity",
        parameters={"pattern": Parameter(text, REQUIRED), "negate": Parameter(boolean, False)},
        sentence=sentence,
        ok=ok,
        builtin=builtin,
    )
)
