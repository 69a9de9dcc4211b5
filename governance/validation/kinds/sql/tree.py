"""The parse tree of a `sql` rule, checked against closed lists (standard-rules §4, note f).

"One SELECT" protects nothing by itself: table functions and file paths hide inside one. So every node of
the tree
must be of a known class, every function in the list, every table a bare name that was given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from governance.validation.errors import Unjudgeable

LONGEST = 20_000
MOST_GROWTH = 64
"""How many times as long as a cell a text built by the query may be. What happens inside one row can neither
be interrupted nor counted against a memory limit, so texts that double again and again are refused before."""

_SHAPE = """Select From Where Group Having Order Ordered Limit Offset Join Table TableAlias Alias Column
Identifier
Literal Star With CTE Subquery Union Except Intersect Distinct Paren Tuple Null Boolean Case If Cast
TryCast DataType
DataTypeParam Interval Var Window WindowSpec Filter Exists All Any"""
_OPERATORS = """Add Sub Mul Div IntDiv Mod Neg EQ NEQ GT GTE LT LTE And Or Not Is In Between Like ILike Escape
NullSafeEQ NullSafeNEQ DPipe"""
_FUNCTIONS = """Count CountIf Sum Avg Min Max Stddev StddevPop StddevSamp Variance VariancePop Median
PercentileCont
PercentileDisc WithinGroup Quantile Corr CovarPop CovarSamp Abs Ceil Floor Round Sqrt Pow Exp Ln Log Sign
Greatest
Least Lower Upper Trim Length Substring Concat Replace StrPosition Left Right Coalesce Nullif Extract Year
Month Day
DateDiff DateTrunc TimestampTrunc DateAdd DateSub TsOrDsToDate Date CurrentDate CurrentTimestamp RowNumber"""
ALLOWED = tuple(
    getattr(exp, name) for name in f"{_SHAPE} {_OPERATORS} {_FUNCTIONS}".split() if hasattr(exp, name)
)
_PLACEHOLDER = re.compile(r"\$?\{(table|object|column|property)\}")


@dataclass(frozen=True)
class Query:
    """A checked query. `columns` are the names it reads, `shown` those outside WHERE and COUNT."""

    tree: exp.Select
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    shown: tuple[str, ...]
    reads_all: bool
    """Some `*` stands for columns, not for rows."""


def filled(query: str, table: str, column: str | None) -> str:
    """Placeholders replaced by quoted names; raises Unjudgeable `sql_unsupported`."""

    def name(found: re.Match[str]) -> str:
        word = table if found.group(1) in ("table", "object") else column
        if word is None:
            raise Unjudgeable("sql_unsupported")
        return '"' + word.replace('"', '""') + '"'

    return _PLACEHOLDER.sub(name, query)


@lru_cache(maxsize=256)
def parse(query: str) -> Query:
    """Raises Unjudgeable `sql_unsupported`."""
    if len(query) > LONGEST:
        raise Unjudgeable("sql_unsupported")
    try:
        trees = [tree for tree in sqlglot.parse(query) if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        raise Unjudgeable("sql_unsupported") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        raise Unjudgeable("sql_unsupported")
    tree = trees[0]
    local = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables: list[str] = []
    for node in tree.walk():
        if type(node) not in ALLOWED or node.args.get("into") or node.args.get("sample"):
            raise Unjudgeable("sql_unsupported")
        if isinstance(node, exp.Table):
            tables.append(_bare(node))
    if _growth(tree) > MOST_GROWTH:
        raise Unjudgeable("sql_unsupported")
    columns = list(tree.find_all(exp.Column))
    return Query(
        tree=tree,
        tables=tuple(dict.fromkeys(name for name in tables if name not in local)),
        columns=tuple(dict.fromkeys(column.name for column in columns)),
        shown=tuple(dict.fromkeys(column.name for column in columns if _is_shown(column))),
        reads_all=any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)),
    )


_JOINS = (exp.Concat, exp.DPipe)


def _growth(tree: exp.Select) -> int:
    """How many times as long as a cell a text of this query can become: the product over all places that
    build one, as any of them may feed another. A recursive query must build none."""
    factors = [_factor(node) for node in tree.find_all(*_JOINS, exp.Replace)]
    if any(factor > 1 for factor in factors) and any(
        node.args.get("recursive") for node in tree.find_all(exp.With)
    ):
        return MOST_GROWTH + 1
    return math.prod(factors)


def _factor(node: exp.Expr) -> int:
    if isinstance(node, _JOINS):
        inner = isinstance(node.parent, _JOINS)
        return 1 if inner else max(1, len(list(node.find_all(exp.Column))))
    wanted, instead = node.args.get("expression"), node.args.get("replacement")
    if not isinstance(wanted, exp.Literal) or not isinstance(instead, exp.Literal | None):
        return MOST_GROWTH + 1
    length = len(instead.this) if instead is not None else 0
    return max(1, -(-length // max(1, len(wanted.this))))


def _bare(node: exp.Table) -> str:
    """A table by its bare name: no schema, no function, no path."""
    if not isinstance(node.this, exp.Identifier) or node.args.get("db") or node.args.get("catalog"):
        raise Unjudgeable("sql_unsupported")
    return str(node.name)


def _is_shown(column: exp.Column) -> bool:
    node: exp.Expr | None = column.parent
    while node is not None:
        if isinstance(node, exp.Where | exp.Count):
            return False
        node = node.parent
    return True


def fixed_clock(now: datetime, today: date) -> Callable[[exp.Expr], exp.Expr]:
    """For `transform`: the clock functions become the instant the validation is about."""

    def fixed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.CurrentDate):
            return exp.cast(exp.Literal.string(today.isoformat()), "date")
        if isinstance(node, exp.CurrentTimestamp):
            naive = now.replace(tzinfo=None).isoformat(sep=" ")
            return exp.cast(exp.Literal.string(naive), "timestamp")
        return node

    return fixed


def duckdb_text(query: Query, now: datetime, today: date) -> str:
    """The query for DuckDB."""
    return str(query.tree.copy().transform(fixed_clock(now, today)).sql(dialect="duckdb"))
