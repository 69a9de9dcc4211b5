"""Predicates and expressions of standards and recipes (standard-rules §1.2), with Kleene logic.

A parsed predicate knows the columns it reads and gives one polars expression: true, false, or null = unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from governance.validation.casts import CastPlan, LogicalType, Value, cast_value
from governance.validation.comparing import COMPARISONS, ORDERINGS, comparable, compare_literal, in_literals
from governance.validation.errors import EngineError, Unjudgeable, invalid
from governance.validation.regex import polars_pattern

Cells = Mapping[str, CastPlan]
Types = Mapping[str, LogicalType]

_DEEPEST = 50


@dataclass(frozen=True)
class Predicate:
    """`columns` in order of appearance; `problem` is why a rule with it must be errored, or None.

    Two predicates are equal when they were written alike (`source`).
    """

    source: str
    columns: tuple[str, ...]
    problem: str | None = None
    build: Callable[[Cells], pl.Expr] = field(default=lambda cells: pl.lit(True), compare=False, repr=False)

    def expr(self, cells: Cells) -> pl.Expr:
        """True, false or null; raises Unjudgeable with `problem`."""
        if self.problem is not None:
            raise Unjudgeable(self.problem)
        return self.build(cells)


def parse_predicate(tree: object, columns: Types, *, timezone: str = "Etc/UTC") -> Predicate:
    """Read a predicate; `columns` are the known ones with their types.

    Raises `parameter_invalid`, `unknown_column`.
    """
    parser = _Parser(columns, timezone)
    build = parser.node(tree, 0)
    source = json.dumps(tree, sort_keys=True, ensure_ascii=False, default=str)
    return Predicate(source, tuple(dict.fromkeys(parser.read)), parser.problem, build)


class _Parser:
    """Collects what a predicate reads; wrong parameters raise, unjudgeable parts are noted."""

    def __init__(self, columns: Types, timezone: str) -> None:
        self._columns = columns
        self._timezone = timezone
        self.read: list[str] = []
        self.problem: str | None = None

    def node(self, tree: object, depth: int) -> Callable[[Cells], pl.Expr]:
        if not isinstance(tree, Mapping) or depth > _DEEPEST:
            raise bad_predicate()
        keys = set(tree)
        if keys == {"all"} or keys == {"any"}:
            (word,) = keys
            return self._several(word, tree[word], depth)
        if keys == {"not"}:
            inner = self.node(tree["not"], depth + 1)
            return lambda cells: ~inner(cells)
        return self._leaf(tree)

    def _several(self, word: str, parts: object, depth: int) -> Callable[[Cells], pl.Expr]:
        if not isinstance(parts, list) or not parts:
            raise bad_predicate()
        inner = [self.node(part, depth + 1) for part in parts]
        join = pl.all_horizontal if word == "all" else pl.any_horizontal
        return lambda cells: join([build(cells) for build in inner])

    def _leaf(self, tree: Mapping[str, object]) -> Callable[[Cells], pl.Expr]:
        column, op = self._column(tree.get("column")), tree.get("op")
        operands = set(tree) - {"column", "op"}
        if op in ("is_missing", "not_missing") and not operands:
            if op == "is_missing":
                return lambda cells: cells[column].missing
            return lambda cells: ~cells[column].missing
        if op in COMPARISONS and operands == {"other"}:
            return self._pair(column, str(op), self._column(tree["other"]))
        if operands != {"value"}:
            raise bad_predicate()
        if op == "matches":
            return self._matches(column, tree["value"])
        if op in COMPARISONS:
            return self._literal(column, str(op), tree["value"])
        if op in ("in", "not_in"):
            return self._membership(column, tree["value"], negate=op == "not_in")
        raise bad_predicate()

    def _column(self, name: object) -> str:
        if not isinstance(name, str):
            raise bad_predicate()
        if name not in self._columns:
            raise unknown_column(name)
        self.read.append(name)
        return name

    def _note(self, problem: str) -> Callable[[Cells], pl.Expr]:
        self.problem = self.problem or problem
        return lambda cells: pl.lit(None, dtype=pl.Boolean)

    def _pair(self, column: str, op: str, other: str) -> Callable[[Cells], pl.Expr]:
        left, right, timezone = self._columns[column], self._columns[other], self._timezone
        if comparable(pl.lit(None), left, pl.lit(None), right, timezone) is None:
            return self._note("type_mismatch")

        def build(cells: Cells) -> pl.Expr:
            sides = comparable(cells[column].value, left, cells[other].value, right, timezone)
            if sides is None:
                raise Unjudgeable("type_mismatch")
            return COMPARISONS[op](*sides)

        return build

    def _matches(self, column: str, pattern: object) -> Callable[[Cells], pl.Expr]:
        if not isinstance(pattern, str):
            raise bad_predicate()
        if self._columns[column].name not in (None, "string"):
            return self._note("type_mismatch")
        rewritten = polars_pattern(pattern)
        if rewritten is None:
            return self._note("regex_unsupported")
        return lambda cells: cells[column].value.str.contains(rewritten)

    def _literal(self, column: str, op: str, value: object) -> Callable[[Cells], pl.Expr]:
        logical = self._columns[column]
        if logical.name in ("object", "array"):
            return self._note("type_mismatch")
        literal = cast_value(value, logical, bound=op in ORDERINGS)
        return lambda cells: compare_literal(cells[column].value, op, literal, logical)

    def _membership(self, column: str, values: object, *, negate: bool) -> Callable[[Cells], pl.Expr]:
        logical = self._columns[column]
        if not isinstance(values, list):
            raise bad_predicate()
        if logical.name in ("object", "array"):
            return self._note("type_mismatch")
        literals: list[Value | object] = [cast_value(value, logical) for value in values]

        def build(cells: Cells) -> pl.Expr:
            held = in_literals(cells[column].value, literals, logical)  # type: ignore[arg-type]
            return ~held if negate else held

        return build


def bad_predicate() -> EngineError:
    """A predicate that is not of the form of standard-rules §1.2."""
    return invalid(
        "A predicate needs column, op and value or other, or all, any, not.",
        "谓词须含 column、op 以及 value 或 other，或为 all、any、not。",
        {"parameter": "predicate"},
    )


def unknown_column(name: str) -> EngineError:
    """A column that is no property of the object."""
    return invalid(
        f"There is no column {name}.", f"不存在列 {name}。", {"column": name}, code="unknown_column"
    )
