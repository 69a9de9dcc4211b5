"""The rules on Spark: one fused query from the pandera.ibis checks, then those that need more (§7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
from ibis.common.exceptions import IbisError
from pyspark.errors import PySparkException

from governance.validation.engine.facts import RuleFacts
from governance.validation.errors import Unjudgeable, refuse
from governance.validation.kinds.base import ROW
from governance.validation.kinds.ibis_base import IbisBody, IbisBound, ibis_body
from governance.validation.model import Column, NotBound
from governance.validation.pandera_form import form_of
from governance.validation.pandera_ibis_form import captured, check_of, row_value

if TYPE_CHECKING:
    from governance.validation.spark.tables import Tables

_NO_TYPE = ("i128", "u128")


@dataclass
class SparkRule:
    """A rule with what Spark runs of it."""

    facts: RuleFacts
    bound: IbisBound
    body: IbisBody
    ok: ir.BooleanValue | None = None
    aggregates: Mapping[str, ir.Scalar] | None = None

    @property
    def wrong(self) -> ir.Table | None:
        """The failing rows of a row rule, with `_gavel_row`."""
        if self.ok is not None:
            return self.bound.table.filter(~self.ok)
        return None if self.body.failing is None else self.body.failing(self.bound)

    @property
    def judged(self) -> bool:
        """Neither errored nor skipped."""
        return self.facts.judged


def bind(facts: RuleFacts, tables: Tables, table: ir.Table) -> SparkRule | None:
    """The rule with its expressions, or None and the reason in the facts."""
    if facts.bound is None:
        raise NotBound
    with noted(facts):
        item = SparkRule(facts, tables.bind(facts.bound, table), ibis_body(facts.rule.kind))
        _take_expressions(item)
        return item
    return None


def _take_expressions(item: SparkRule) -> None:
    """What runs comes out of the Pandera check, so it is what the schema says."""
    facts, bound = item.facts, item.bound
    facts.pandera = form_of(facts.rule, None)
    if facts.rule.level == "table":
        if item.body.aggregates is not None:
            item.aggregates = item.body.aggregates(bound)
        return
    if _fuses(item):
        check = check_of(bound)
        facts.pandera = form_of(facts.rule, check)
        item.ok = captured(check, bound.table, bound.rule.columns[0] if bound.rule.columns else None)
        return
    if item.body.checked is None:
        raise NotBound
    item.body.checked(bound)


def _fuses(item: SparkRule) -> bool:
    if item.body.builtin is not None and item.bound.rule.where is None:
        return item.body.builtin(item.bound.polars) is not None or row_value(item.bound) is not None
    return row_value(item.bound) is not None


@contextmanager
def noted(facts: RuleFacts) -> Iterator[None]:
    """What keeps a rule from being judged is noted, not raised."""
    try:
        yield
    except Unjudgeable as reason:
        facts.error = reason.reason
    except (IbisError, AttributeError):
        # A column Spark has no type for is not in its table.
        facts.error = "engine_unsupported" if _has_no_type(facts) else "internal"
    except PySparkException:
        facts.error = "internal"
    except Exception as error:
        if not type(error).__module__.startswith("py4j"):
            raise
        facts.error = "internal"


def _has_no_type(facts: RuleFacts) -> bool:
    columns: Mapping[str, Column] = facts.bound.columns if facts.bound is not None else {}
    read = [columns[name] for name in facts.rule.reads if name in columns]
    return any(column.is_nested or column.logical.format in _NO_TYPE for column in read)


def fused(tables: Tables, table: ir.Table, rules: list[SparkRule]) -> int:
    """All counts and aggregates in one query; returns the rows. If it breaks, each rule is tried alone."""
    plans = [(item, plan) for item in rules if (plan := _plan(item)) is not None]
    try:
        return _collect(tables, table, plans)
    except Exception as error:
        if not _is_sparks(error):
            raise
    try:
        rows = _collect(tables, table, [])
    except Exception as error:
        if not _is_sparks(error):
            raise
        raise refuse("data_unreadable", type(error).__name__) from error
    for item, plan in plans:
        with noted(item.facts):
            _collect(tables, table, [(item, plan)])
    return rows


def _is_sparks(error: Exception) -> bool:
    return isinstance(error, PySparkException | IbisError) or type(error).__module__.startswith("py4j")


def _plan(item: SparkRule) -> dict[str, ir.Scalar] | None:
    if not item.judged:
        return None
    if item.ok is not None:
        return {"failing": (~item.ok).cast("int64").sum(), "checked": item.ok.count()}
    if item.facts.rule.level == "row" and item.body.checked is not None:
        checked = item.body.checked(item.bound)
        every = isinstance(checked, ir.Scalar)
        return {"checked": item.bound.table.count() if every else checked.cast("int64").sum()}
    return None if item.aggregates is None else dict(item.aggregates)


def _collect(tables: Tables, table: ir.Table, plans: list[tuple[SparkRule, dict[str, ir.Scalar]]]) -> int:
    wanted: dict[str, Any] = {"rows": table.count()}
    for place, (_, plan) in enumerate(plans):
        wanted |= {f"r{place}_{name}": value for name, value in plan.items()}
    row = tables.fetch(table.aggregate(**wanted)).row(0, named=True)
    for place, (item, plan) in enumerate(plans):
        _take(item, {name: row[f"r{place}_{name}"] for name in plan})
    return int(row["rows"])


def _take(item: SparkRule, values: dict[str, Any]) -> None:
    facts = item.facts
    if facts.rule.level == "table":
        if facts.kind.judge is None or facts.bound is None:
            raise NotBound
        with noted(facts):
            facts.finding = facts.kind.judge(facts.bound, _with_times(item, values))
        return
    if "failing" in values:
        facts.failing = int(values["failing"] or 0)
    facts.checked = int(values["checked"] or 0)


def _with_times(item: SparkRule, values: dict[str, Any]) -> dict[str, Any]:
    """A time of day is a number in Spark."""
    column = item.bound.columns.get(item.facts.rule.columns[0]) if item.facts.rule.columns else None
    if column is None or column.logical.name != "time" or not isinstance(values.get("value"), int):
        return values
    micro = values["value"] // 1000
    seconds, rest = divmod(micro, 1_000_000)
    moment = time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest)
    return {**values, "value": moment}


def needs_own_pass(item: SparkRule) -> bool:
    """Rules over more than one row, and measures."""
    if item.facts.rule.level == "row":
        return item.ok is None or item.body.measure is not None
    return item.aggregates is None


def own_pass(tables: Tables, item: SparkRule) -> None:
    """Count the failing rows of a rule over more than one row, and measure."""
    with noted(item.facts):
        if item.facts.rule.level == "row" and item.ok is None:
            wrong = item.wrong
            if wrong is None:
                raise NotBound
            item.facts.failing = int(tables.fetch(wrong.aggregate(failing=wrong.count())).item())
        if item.body.measure is not None and item.aggregates is None:
            item.facts.finding = item.body.measure(item.bound)


def first_rows(tables: Tables, rules: list[SparkRule], count: int) -> None:
    """Record numbers of the first failing rows of all failed rules, in one query."""
    parts, failed = [], [item for item in rules if item.judged and item.facts.failing]
    for place, item in enumerate(failed):
        wrong = item.wrong
        if wrong is not None:
            first = wrong.order_by(ROW).limit(count)
            parts.append(first.select(place=ibis.literal(place, "int32"), row=first[ROW]))
    if not parts:
        return
    found = tables.fetch(ibis.union(*parts) if len(parts) > 1 else parts[0])
    for place, item in enumerate(failed):
        rows = found.filter(found["place"] == place)["row"].to_list()
        item.facts.first_rows = tuple(sorted(rows))


Heard = Callable[[float], None]
