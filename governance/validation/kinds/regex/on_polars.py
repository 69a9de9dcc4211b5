"""`regex` on Polars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, PolarsBody
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


BODY = PolarsBody(ok=ok, builtin=builtin)
