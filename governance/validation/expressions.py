"""Arithmetic of the `compare` rule (standard-rules §1.2): columns, numbers, + - * /, parentheses."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from governance.validation.casts import LogicalType
from governance.validation.errors import EngineError, Unjudgeable, invalid
from governance.validation.predicates import Cells, Types, unknown_column

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|`(?P<quoted>[^`]+)`"
    r"|(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)|(?P<sign>[-+*/()]))"
)
_LONGEST = 1000
_DEEPEST = 50
_SIGNS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}

Build = Callable[[Cells], pl.Expr]


@dataclass(frozen=True)
class Expression:
    """One side of a comparison. `logical` is the type of a lone column, else number (doubles)."""

    source: str
    columns: tuple[str, ...]
    logical: LogicalType
    problem: str | None = None
    build: Build = field(default=lambda cells: pl.lit(None), compare=False, repr=False)

    def expr(self, cells: Cells) -> pl.Expr:
        """The value, null where unknown; raises Unjudgeable `type_mismatch`."""
        if self.problem is not None:
            raise Unjudgeable(self.problem)
        return self.build(cells)


def parse_expression(text: object, columns: Types) -> Expression:
    """Read an expression; raises `parameter_invalid`, `unknown_column`."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise _bad()
    source = str(text)
    parser = _Parser(source, columns)
    build = parser.whole()
    names = tuple(dict.fromkeys(parser.names))
    if parser.lone is not None:
        lone = parser.lone
        return Expression(source, names, columns[lone], build=lambda cells: cells[lone].value)
    numeric = all(columns[name].name in ("integer", "number") for name in names)
    return Expression(source, names, LogicalType("number"), None if numeric else "type_mismatch", build)


class _Parser:
    """Recursive descent; every value is a double."""

    def __init__(self, text: str, columns: Types) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._columns = columns
        self.names: list[str] = []

    @property
    def lone(self) -> str | None:
        """The column, where the expression is nothing but one column."""
        return self.names[0] if len(self._tokens) == 1 and self.names else None

    def whole(self) -> Build:
        build = self._sum(0)
        if self._at != len(self._tokens):
            raise _bad()
        return lambda cells: _known(build(cells))

    def _peek(self) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "sign":
            return self._tokens[self._at][1]
        return None

    def _sum(self, depth: int) -> Build:
        build = self._product(depth)
        while (sign := self._peek()) in ("+", "-"):
            self._at += 1
            build = _binary(str(sign), build, self._product(depth))
        return build

    def _product(self, depth: int) -> Build:
        build = self._unary(depth)
        while (sign := self._peek()) in ("*", "/"):
            self._at += 1
            build = _binary(str(sign), build, self._unary(depth))
        return build

    def _unary(self, depth: int) -> Build:
        if depth > _DEEPEST:
            raise _bad()
        if self._peek() == "-":
            self._at += 1
            inner = self._unary(depth + 1)
            return lambda cells: -inner(cells)
        return self._atom(depth)

    def _atom(self, depth: int) -> Build:
        if self._at >= len(self._tokens):
            raise _bad()
        kind, word = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            number = float(word)
            return lambda cells: pl.lit(number)
        if kind == "sign":
            if word != "(":
                raise _bad()
            inner = self._sum(depth + 1)
            if self._peek() != ")":
                raise _bad()
            self._at += 1
            return inner
        if word not in self._columns:
            raise unknown_column(word)
        self.names.append(word)
        return lambda cells: cells[word].value.cast(pl.Float64)


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > _LONGEST:
        raise _bad()
    found: list[tuple[str, str]] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        token = _TOKEN.match(text, place)
        if token is None:
            raise _bad()
        kind = str(token.lastgroup)
        found.append(("name" if kind == "quoted" else kind, token.group(kind)))
        place = token.end()
    return found


def _binary(sign: str, left: Build, right: Build) -> Build:
    if sign == "/":
        return lambda cells: _quotient(left(cells), right(cells))
    return lambda cells: _SIGNS[sign](left(cells), right(cells))


def _quotient(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    return pl.when(right != 0.0).then(left / right)


def _known(value: pl.Expr) -> pl.Expr:
    return value.fill_nan(None)


def _bad() -> EngineError:
    return invalid(
        "An expression may hold columns, numbers, + - * / and parentheses.",
        "表达式只能包含列名、数字、+ - * / 和括号。",
        {"parameter": "expression"},
    )
