"""A checked query for Spark, with the meaning DuckDB gives it (standard-rules §4, note f; §7.1).

Differences evened out here: names are case-insensitive in DuckDB; `/` divides doubles, by zero as IEEE says;
sums of integers do not overflow, means are doubles; casts to integers round; a `\\` in LIKE is no escape;
dates subtract to days; truncated dates, percentiles, parts of dates, logarithms of numbers not above zero.
Spark has no time of day: it is compared as its nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.generators.spark import SparkGenerator

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.ibis_comparing import nanoseconds
from governance.validation.kinds.sql.classes import NUMERIC, Columns, Sorts
from governance.validation.kinds.sql.tree import Query, fixed_clock

DEEPEST = 6
"""Operands that are written out several times may be nested so deep."""

_BIG = "DECIMAL(38, 0)"
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_REPEATING = (exp.Div, exp.Mod, exp.Ln, exp.Log)


def spark_text(query: Query, now: datetime, today: date, columns: Columns) -> str:
    """The query in Spark's dialect; raises Unjudgeable `sql_error` where no engine could run it."""
    tree = query.tree.copy().transform(fixed_clock(now, today))
    sorts = Sorts(tree, columns)
    nodes = list(tree.walk())
    for node in nodes:
        sorts.of(node)
    if sorts.of(tree) == "time":
        raise Unjudgeable("sql_error")  # no number
    local = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for node in reversed(nodes):
        _check(node, sorts)
        if isinstance(node, exp.Identifier):
            node.set("this", _lower(node.name))
            node.set("quoted", True)
        elif isinstance(node, exp.Table):
            if node.name not in local:
                node.replace(_own_names(node, columns))
        else:
            rewrite = _REWRITES.get(type(node))
            found = None if rewrite is None else rewrite(node, sorts)
            if found is not None:
                sorts.keep(found, node)
                node.replace(found)
    try:
        return str(_Generator(dialect="spark").generate(tree))
    except SqlglotError as error:
        raise Unjudgeable("sql_error") from error


class _Generator(SparkGenerator):
    """Percentiles as the SQL standard writes them: sqlglot would take an approximate one."""

    TRANSFORMS = {
        kind: text for kind, text in SparkGenerator.TRANSFORMS.items() if kind is not exp.WithinGroup
    }


def _lower(name: str) -> str:
    """As DuckDB folds names: ASCII letters only."""
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in name)


def _own_names(table: exp.Table, columns: Columns) -> exp.Subquery:
    """The table with its names in lower case, as all names of the query are."""
    actual = next(name for name in columns if _lower(name) == table.name)
    shown = [
        exp.alias_(exp.column(name, quoted=True), _lower(name), quoted=True) for name in columns[actual]
    ] or [exp.Literal.number(1)]
    inner = exp.select(*shown).from_(exp.to_identifier(actual, quoted=True))
    found = inner.subquery(alias=exp.to_identifier(table.alias_or_name, quoted=True))
    found.set("joins", table.args.get("joins"))
    return found


def _check(node: exp.Expr, sorts: Sorts) -> None:
    if isinstance(node, _COMPARED):
        sides = (node.this, node.expression)
        for one, other in (sides, sides[::-1]):
            # DuckDB asks for a cast, Spark would cast by itself.
            if sorts.of(one) == "text" and not isinstance(one, exp.Literal) and sorts.of(other) in NUMERIC:
                raise Unjudgeable("sql_error")
    if isinstance(node, (*_COMPARED, exp.Between, exp.In)):
        _times(node, sorts)
    if isinstance(node, _REPEATING):
        depth, above = 0, node.parent
        while above is not None and depth <= DEEPEST:
            depth += isinstance(above, _REPEATING)
            above = above.parent
        if depth > DEEPEST and not isinstance(node.args.get("expression"), exp.Literal):
            raise Unjudgeable("sql_error")


def _parsed(template: str, **parts: exp.Expr | str) -> exp.Expr:
    """A piece of Spark SQL with `:name` for the parts."""
    tree = sqlglot.parse_one(template, dialect="spark")
    placeholders = list(tree.find_all(exp.Placeholder))
    for place in placeholders:
        part = parts[place.name]
        place.replace(exp.Literal.string(part) if isinstance(part, str) else part.copy())
    return tree


def _operand(node: exp.Expr) -> exp.Expr:
    return exp.paren(node.copy()) if isinstance(node, exp.Binary | exp.Neg | exp.Not) else node.copy()


def _divide(node: exp.Expr, sorts: Sorts) -> exp.Expr:
    left, right = _operand(node.this), _operand(node.expression)
    if isinstance(node.expression, exp.Literal) and node.expression.is_number and float(node.expression.this):
        return exp.paren(_parsed("CAST(:a AS DOUBLE) / CAST(:b AS DOUBLE)", a=left, b=right))
    return exp.paren(
        _parsed(
            "CAST(:a AS DOUBLE) * IF(:b = 0, CAST('Infinity' AS DOUBLE), 1D)"
            " / IF(:b = 0, 1D, CAST(:b AS DOUBLE))",
            a=left,
            b=right,
        )
    )


def _remainder(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    if sorts.of(node) != "number":
        return None
    return _parsed(
        "IF(:b = 0, CAST('NaN' AS DOUBLE) * :a, :a % IF(:b = 0, 1D, :b))",
        a=_operand(node.this),
        b=_operand(node.expression),
    )


def _difference(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    if sorts.of(node.this) == sorts.of(node.expression) == "date":
        return _parsed("DATEDIFF(:a, :b)", a=node.this, b=node.expression)
    return None


def _sum(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    distinct = isinstance(node.this, exp.Distinct)
    inner = node.this.expressions[0] if distinct else node.this
    sort = sorts.of(inner)
    if sort not in ("integer", "boolean"):
        return None
    if sort == "boolean":
        inner = exp.cast(inner.copy(), "int")
    whole = exp.cast(inner.copy(), _BIG)
    return exp.Sum(this=exp.Distinct(expressions=[whole]) if distinct else whole)


def _mean(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    distinct = isinstance(node.this, exp.Distinct)
    inner = node.this.expressions[0] if distinct else node.this
    if sorts.of(inner) == "boolean":
        raise Unjudgeable("sql_error")
    number = exp.cast(inner.copy(), "double")
    return exp.Avg(this=exp.Distinct(expressions=[number]) if distinct else number)


def _quantile(node: exp.Expr, sorts: Sorts) -> exp.Expr:
    return _parsed("PERCENTILE_DISC(:q) WITHIN GROUP (ORDER BY :x)", q=node.args["quantile"], x=node.this)


def _logarithm(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    if isinstance(node, exp.Log) and node.args.get("expression") is not None:
        return None
    name = "LOG10" if isinstance(node, exp.Log) else "LN"
    return _parsed(
        f"CASE WHEN :x > 0 THEN {name}(:x) WHEN :x = 0 THEN CAST('-Infinity' AS DOUBLE)"
        " WHEN :x < 0 THEN CAST('NaN' AS DOUBLE) END",
        x=_operand(node.this),
    )


def _round(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    places = node.args.get("decimals")
    if sorts.of(node.this) != "number" or not isinstance(places, exp.Literal):
        return None
    scale = f"1e{int(places.this)}"
    return exp.paren(_parsed(f"ROUND(:x * {scale}) / {scale}", x=_operand(node.this)))


def _whole(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    return exp.cast(node.copy(), "double") if sorts.of(node.this) == "number" else None


def _cast(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    sort, target = sorts.of(node.this), sorts.of(node)
    if target == "time":
        return _nanoseconds(node.this)
    if target == "decimal" and not node.args["to"].expressions:
        node.args["to"].replace(exp.DataType.build("DECIMAL(18, 3)"))
        return None
    if target != "integer" or sort not in ("number", "decimal", "text"):
        return None
    found, inner = node.copy(), node.this.copy()
    if sort == "text":
        inner = node.copy()
        inner.set("to", exp.DataType.build("DECIMAL(38, 10)"))
    name = "RINT" if sort == "number" else "ROUND"
    found.set("this", exp.Anonymous(this=name, expressions=[inner]))
    return found


def _nanoseconds(node: exp.Expr) -> exp.Expr:
    """A written time of day; raises Unjudgeable `sql_error`."""
    try:
        written = time.fromisoformat(str(node.this)) if node.is_string else None
    except ValueError:
        written = None
    if written is None:
        raise Unjudgeable("sql_error")
    return exp.Literal.number(nanoseconds(written))


def _times(node: exp.Expr, sorts: Sorts) -> None:
    """Texts a time of day is compared with."""
    parts = list(node.iter_expressions())
    if any(sorts.of(part) == "time" for part in parts):
        for part in parts:
            if part.is_string:
                part.replace(_nanoseconds(part))


def _like(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    if isinstance(node.parent, exp.Escape):
        return None
    pattern = node.expression
    if isinstance(pattern, exp.Literal):
        pattern.replace(exp.Literal.string(str(pattern.this).replace("\\", "\\\\")))
    else:
        pattern.replace(_parsed("REPLACE(:p, :one, :two)", p=pattern, one="\\", two="\\\\"))
    return None


def _part(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    templates = {
        "DOW": "(DAYOFWEEK(:x) - 1)",
        "DAYOFWEEK": "(DAYOFWEEK(:x) - 1)",
        "ISODOW": "(WEEKDAY(:x) + 1)",
        "EPOCH": "(UNIX_MICROS(CAST(:x AS TIMESTAMP)) / 1e6)",
        "SECOND": "CAST(FLOOR(EXTRACT(SECOND FROM :x)) AS INT)",
    }
    found = templates.get(node.name.upper())
    return None if found is None else _parsed(found, x=node.expression)


_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}


def _date_difference(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    """Borders crossed, as DuckDB counts."""
    unit = str(node.args["unit"].name).upper() if node.args.get("unit") else "DAY"
    if unit in _MONTHS:
        count = f"FLOOR((YEAR({{0}}) * 12 + MONTH({{0}}) - 1) / {_MONTHS[unit]})"
    elif unit in _SECONDS:
        count = f"FLOOR(UNIX_SECONDS(CAST({{0}} AS TIMESTAMP)) / {_SECONDS[unit]})"
    elif unit == "WEEK":
        count = "(DATEDIFF(TRUNC({0}, 'WEEK'), DATE '1970-01-05') / 7)"
    else:
        return None
    return exp.paren(
        _parsed(
            f"CAST({count.format(':a')} - {count.format(':b')} AS BIGINT)", a=node.this, b=node.expression
        )
    )


def _truncated(node: exp.Expr, sorts: Sorts) -> exp.Expr:
    unit = exp.Literal.string(str(node.args["unit"].name).upper())
    return exp.Anonymous(this="DATE_TRUNC", expressions=[unit, node.this.copy()])


def _moved(node: exp.Expr, sorts: Sorts) -> exp.Expr:
    step = node.expression
    if not isinstance(step, exp.Interval):
        step = exp.Interval(this=step.copy(), unit=node.args.get("unit") or exp.var("DAY"))
    kind = exp.Sub if isinstance(node, exp.DateSub) else exp.Add
    return exp.paren(kind(this=_operand(node.this), expression=step.copy()))


def _day(node: exp.Expr, sorts: Sorts) -> exp.Expr:
    return exp.cast(node.this.copy(), "date")


def _substring(node: exp.Expr, sorts: Sorts) -> exp.Expr | None:
    """Place 0 is before the first character; Spark takes it for the first."""
    start, size = node.args.get("start"), node.args.get("length")
    if not isinstance(start, exp.Literal) or str(start.this) != "0" or not isinstance(size, exp.Literal):
        return None
    return _parsed(f"SUBSTRING(:s, 1, {max(int(size.this) - 1, 0)})", s=node.this)


_REWRITES: dict[type[exp.Expr], Callable[[exp.Expr, Sorts], exp.Expr | None]] = {
    exp.Div: _divide,
    exp.Mod: _remainder,
    exp.Sub: _difference,
    exp.Sum: _sum,
    exp.Avg: _mean,
    exp.Quantile: _quantile,
    exp.Ln: _logarithm,
    exp.Log: _logarithm,
    exp.Round: _round,
    exp.Ceil: _whole,
    exp.Floor: _whole,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Extract: _part,
    exp.DateDiff: _date_difference,
    exp.DateTrunc: _truncated,
    exp.TimestampTrunc: _truncated,
    exp.DateAdd: _moved,
    exp.DateSub: _moved,
    exp.TsOrDsToDate: _day,
    exp.Date: _day,
    exp.Substring: _substring,
}
