"""What the Pandera check of a rule says on Polars, as an expression, without loading Pandera.

Loading Pandera costs as much as validating a small file. Our own checks are the rule's body either way;
Pandera's built-ins are written here once more, and a test compares each with the expression Pandera selects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import polars as pl

from governance.validation.kinds import registry
from governance.validation.kinds.base import Bound, polars_body
from governance.validation.model import NotBound


def _in_range(
    cell: pl.Expr, min_value: Any, max_value: Any, include_min: bool = True, include_max: bool = True
) -> pl.Expr:
    low = cell.ge(min_value) if include_min else cell.gt(min_value)
    high = cell.le(max_value) if include_max else cell.lt(max_value)
    return low.and_(high)


def _str_length(cell: pl.Expr, min_value: int | None, max_value: int | None) -> pl.Expr:
    size = cell.str.len_chars()
    if min_value is None:
        return size.le(max_value)
    return size.ge(min_value) if max_value is None else size.is_between(min_value, max_value)


def _isin(cell: pl.Expr, allowed_values: Collection[Any]) -> pl.Expr:
    return cell.is_in(allowed_values)


BUILTINS: Mapping[str, Callable[..., pl.Expr]] = {
    "greater_than": lambda cell, min_value: cell.gt(min_value),
    "greater_than_or_equal_to": lambda cell, min_value: cell.ge(min_value),
    "less_than": lambda cell, max_value: cell.lt(max_value),
    "less_than_or_equal_to": lambda cell, max_value: cell.le(max_value),
    "in_range": _in_range,
    "isin": _isin,
    "str_contains": lambda cell, pattern: cell.str.contains(pattern=pattern, literal=False),
    "str_length": _str_length,
}


def row_expr(bound: Bound) -> pl.Expr:
    """True, False or null = not checked, with the rule's `where`."""
    body = polars_body(bound.rule.kind)
    if body.ok is None:
        raise NotBound
    right = body.ok(bound)
    return right if bound.selected is None else pl.when(bound.selected).then(right)


def named_expr(bound: Bound) -> tuple[str, pl.Expr]:
    """Name of the check and its expression; raises Unjudgeable."""
    kind, body = registry()[bound.rule.kind], polars_body(bound.rule.kind)
    found = body.builtin(bound) if body.builtin is not None and bound.rule.where is None else None
    if found is None:
        return kind.check_name, row_expr(bound)
    name, arguments = found
    return name, BUILTINS[name](bound.value, **arguments)
