"""The rules on Spark: one fused query from the pandera.ibis checks, then those that need more (§7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from functools import partial
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
from governance.validation.spark.executing import first_not_ok, first_wrong

if TYPE_CHECKING:
    from governance.validation.spark.tables import Tables

_NO_TYPE = ("i128", "u128")

Heard = Callable[[float], None]


@dataclass
class SparkRule:
    """A rule with what Spark runs of it."""

    facts: RuleFacts
    bound: IbisBound
    body: IbisBody
    ok: ir.BooleanValue | None = None
    aggregates: Mapping[str, ir.Scalar] | None = None

    @property
    def judged(self) -> bool:
        """Neither errored nor skipped."""
        return self.facts.judged


def bind(facts: RuleFacts, tables: Tables, table: ir.Table) -> SparkRule:
    """The rule with its expressions, or the reason in the facts."""
    if facts.bound is None:
        raise NotBound
    item = SparkRule(facts, tables.bind(facts.bound, table), ibis_body(facts.rule.kind))
    with noted(facts):
        _take_expressions(item)
    return item


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


def fused(tables: Tables, table: ir.Table, rules: list[SparkRule], heard: Heard) -> int:
    """All counts and aggregates in one query; returns the rows. If it breaks, each rule is tried alone."""
    plans = [(item, plan) for item in rules if (plan := _plan(item)) is not None]
    try:
        return _collect(tables, table, plans, heard)
    except Exception as error:  # Spark's errors come as many classes; others are raised again
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


def _collect(
    tables: Tables,
    table: ir.Table,
    plans: list[tuple[SparkRule, dict[str, ir.Scalar]]],
    heard: Heard | None = None,
) -> int:
    wanted: dict[str, Any] = {"rows": table.count()}
    for place, (_, plan) in enumerate(plans):
        wanted |= {f"r{place}_{name}": value for name, value in plan.items()}
    row = tables.fetch(table.aggregate(**wanted), heard).row(0, named=True)
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


def together(tables: Tables, rules: list[SparkRule], samples: int, heard: Heard) -> None:
    """The rules over more than one row: all their failing rows, counted in one query with the first ones."""
    plural = [item for item in rules if item.judged and item.facts.rule.level == "row" and item.ok is None]
    wrong: list[tuple[SparkRule, ir.Table]] = []
    for item in plural:
        with noted(item.facts):
            wrong.append((item, _failing(item)))
    if not wrong:
        return
    try:
        _count(tables, wrong, samples, heard)
    except Exception as error:
        if not _is_sparks(error):
            raise
        for one in wrong:
            with noted(one[0].facts):
                _count(tables, [one], samples, heard)


def _failing(item: SparkRule) -> ir.Table:
    if item.body.failing is None:
        raise NotBound
    return item.body.failing(item.bound)


def _count(tables: Tables, wrong: list[tuple[SparkRule, ir.Table]], samples: int, heard: Heard) -> None:
    parts = [
        rows.select(place=ibis.literal(place, "int64"), row=rows[ROW])
        for place, (_, rows) in enumerate(wrong)
    ]
    found = tables.looked_at(_stacked(parts), partial(first_wrong, samples), heard)
    for place, (item, _) in enumerate(wrong):
        item.facts.failing, rows = found.get(place, (0, []))
        item.facts.first_rows = tuple(rows[:samples])


def _stacked(parts: list[ir.Table]) -> ir.Table:
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def measures(item: SparkRule) -> bool:
    """Whether the rule has queries of its own."""
    return item.judged and item.body.measure is not None and item.aggregates is None


def measure(item: SparkRule) -> None:
    """Run the queries of a rule of its own."""
    if item.body.measure is None:
        raise NotBound
    with noted(item.facts):
        item.facts.finding = item.body.measure(item.bound)


def first_rows(tables: Tables, table: ir.Table, rules: list[SparkRule], samples: int) -> None:
    """Record numbers of the first failing rows of the fused rules that failed, in one scan."""
    failed = [(item, item.ok) for item in rules if item.judged and item.facts.failing and item.ok is not None]
    if not failed or not samples:
        return
    oks = {f"ok{place}": ok for place, (_, ok) in enumerate(failed)}
    found = tables.looked_at(table.select(row=table[ROW], **oks), partial(first_not_ok, samples))
    for place, (item, _) in enumerate(failed):
        item.facts.first_rows = tuple(found.get(place, (0, []))[1][:samples])
