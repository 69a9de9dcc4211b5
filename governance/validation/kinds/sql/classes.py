"""What sort of value each part of a query gives, as far as its text and the columns tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from sqlglot import exp

Sort = Literal["integer", "decimal", "number", "text", "boolean", "date", "timestamp", "time", "nested"]
Columns = Mapping[str, Mapping[str, Sort]]
"""Table → column → its sort."""

NUMERIC = ("integer", "decimal", "number")

_GIVES: dict[Sort, str] = {
    "integer": "IntDiv Count CountIf Length StrPosition Year Month Day DateDiff RowNumber Sign Extract",
    "number": "Div Avg Median Quantile PercentileCont Stddev StddevPop StddevSamp Variance VariancePop Corr"
    " CovarPop CovarSamp Sqrt Pow Exp Ln Log",
    "text": "Lower Upper Trim Substring Concat DPipe Replace Left Right",
    "boolean": "EQ NEQ GT GTE LT LTE And Or Not Is In Between Like ILike Escape NullSafeEQ NullSafeNEQ Exists"
    " Boolean",
    "date": "TsOrDsToDate Date CurrentDate",
    "timestamp": "CurrentTimestamp DateTrunc TimestampTrunc",
}
_FIXED = {getattr(exp, name): sort for sort, names in _GIVES.items() for name in names.split()}
_PASSES = "Paren Neg Alias Min Max Abs Round Ceil Floor Nullif Window Filter WithinGroup"
_SAME = tuple(getattr(exp, name) for name in _PASSES.split())
_TARGETS: dict[Sort, str] = {
    "integer": "TINYINT SMALLINT INT BIGINT INT128 UTINYINT USMALLINT UINT UBIGINT",
    "decimal": "DECIMAL",
    "number": "FLOAT DOUBLE",
    "text": "TEXT VARCHAR CHAR NVARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP TIMESTAMPTZ DATETIME TIMESTAMPNTZ",
    "time": "TIME",
}
_CASTS = {name: sort for sort, names in _TARGETS.items() for name in names.split()}


class Sorts:
    """Answers are None where the text does not tell."""

    def __init__(self, tree: exp.Expr, columns: Columns) -> None:
        self._known: dict[int, tuple[exp.Expr, Sort | None]] = {}  # holds the nodes, so that no id is reused
        self._columns: dict[str, set[Sort]] = {}
        for table in columns.values():
            for name, sort in table.items():
                self._columns.setdefault(name.lower(), set()).add(sort)
        self._aliases: dict[str, list[exp.Expr]] = {}
        for alias in tree.find_all(exp.Alias):
            self._aliases.setdefault(alias.alias.lower(), []).append(alias.this)

    def of(self, node: exp.Expr | None) -> Sort | None:
        """The sort of a node of the tree as it was given."""
        if node is None:
            return None
        if id(node) not in self._known:
            self._known[id(node)] = node, None  # whatever refers to itself stays unknown
            self._known[id(node)] = node, self._look(node)
        return self._known[id(node)][1]

    def keep(self, new: exp.Expr, old: exp.Expr) -> None:
        """A node that stands for another has its sort."""
        self._known[id(new)] = new, self.of(old)

    def _look(self, node: exp.Expr) -> Sort | None:
        if isinstance(node, exp.Literal):
            return _literal(node)
        if isinstance(node, exp.Column):
            return self._column(node.name.lower())
        if isinstance(node, exp.Cast):
            return _CASTS.get(node.to.this.name)
        if isinstance(node, exp.Extract) and node.name.upper() == "EPOCH":
            return "number"
        if type(node) in _FIXED:
            return _FIXED[type(node)]
        if isinstance(node, _SAME):
            return self.of(node.this)
        return self._joined(node)

    def _joined(self, node: exp.Expr) -> Sort | None:
        if isinstance(node, exp.Sum):
            inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
            sort = self.of(inner)
            return "integer" if sort == "boolean" else sort
        if isinstance(node, exp.Subquery | exp.Select):
            shown = node.selects
            return self.of(shown[0]) if len(shown) == 1 else None
        if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Mod):
            return _arithmetic(self.of(node.this), self.of(node.expression))
        if isinstance(node, exp.Coalesce | exp.Greatest | exp.Least):
            return _common(self.of(part) for part in (node.this, *node.expressions))
        if isinstance(node, exp.Case):
            return _common(
                self.of(part)
                for part in (*(case.args["true"] for case in node.args["ifs"]), node.args.get("default"))
                if part is not None and not isinstance(part, exp.Null)
            )
        if isinstance(node, exp.If):
            return _common(
                self.of(part) for part in (node.args["true"], node.args.get("false")) if part is not None
            )
        return None

    def _column(self, name: str) -> Sort | None:
        found: set[Sort | None] = set(self._columns.get(name, ()))
        found |= {self.of(node) for node in self._aliases.get(name, ())}
        return found.pop() if len(found) == 1 else None


def _literal(node: exp.Literal) -> Sort:
    if node.is_string:
        return "text"
    written = str(node.this).lower()
    if "e" in written:
        return "number"
    return "decimal" if "." in written else "integer"


def _arithmetic(left: Sort | None, right: Sort | None) -> Sort | None:
    if "number" in (left, right):
        return "number"
    days = {"date": 1, "timestamp": 1}
    if left in days or right in days:
        return "integer" if left == right == "date" else None
    return _common((left, right))


def _common(sorts: Iterable[Sort | None]) -> Sort | None:
    found = set(sorts)
    if len(found) == 1:
        return found.pop()
    if found and found <= set(NUMERIC):
        return "number" if "number" in found else "decimal"
    return None
