"""The passes over the data: one fused streaming select, then the rules that need more (standard-rules
§7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from governance.validation.casts import canonical_text_expr
from governance.validation.engine.facts import RuleFacts
from governance.validation.engine.repeating import KeyRule, judge_keys, key_rules
from governance.validation.engine.riding import FirstRows, Progress, Watch, looking
from governance.validation.errors import Unjudgeable, refuse
from governance.validation.kinds.base import RAW, ROW
from governance.validation.model import NotBound
from governance.validation.pii import pii_expr

_OK = "_gavel_ok_"


class Stopped(Exception):
    """The caller asked to stop."""


@dataclass
class Riders:
    """Aggregates of somebody else (the profile) that ride in the fused pass instead of a scan of their own.

    `values` holds the answers; it stays empty where the pass broke and the rules were tried one by one.
    """

    exprs: Mapping[str, pl.Expr] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


def run_rules(
    frame: pl.LazyFrame,
    facts: list[RuleFacts],
    progress: Progress,
    stop: Callable[[], None],
    riders: Riders | None = None,
    *,
    rows: int = 0,
    samples: int = 0,
) -> int:
    """Fill in counts, findings, the first `samples` failing rows, and the values of the riders; returns the
    number of rows. `rows` is how many are expected."""
    judged = [item for item in facts if item.judged]
    watch = Watch(stop, progress, rows)
    keys = key_rules(judged, rows)
    seen = _fused(frame, judged, keys, riders or Riders(), watch, samples)
    progress(0.5, "fused")
    guarded = watch.guarding(frame)
    stop()
    with _judging([rule.item for rule in keys]):
        judge_keys(guarded, keys, seen, samples)
    ridden = {id(rule.item) for rule in keys}
    rest = [item for item in judged if item.judged and _needs_own_pass(item) and id(item) not in ridden]
    for done, item in enumerate(rest, start=1):
        stop()
        _own_pass(guarded, item, samples)
        progress(0.5 + 0.3 * done / len(rest), item.rule.id)
    return seen


@contextmanager
def _judging(items: list[RuleFacts]) -> Iterator[None]:
    """What breaks while rules are judged is theirs: the others keep their verdicts."""
    try:
        yield
    except Unjudgeable as reason:
        for item in items:
            item.error = reason.reason
    except PolarsError:
        for item in items:
            item.error = "internal"


def find_pii(frame: pl.LazyFrame, facts: Iterable[RuleFacts]) -> None:
    """Which columns the `pii` rules found something in, or demand it of (standard-rules §5.3)."""
    for item in facts:
        if item.rule.kind != "pii" or item.bound is None:
            continue
        if item.rule.parameters["mode"] == "require" or (item.failing and len(item.rule.columns) == 1):
            item.pii_columns = frozenset(item.rule.columns)
        elif item.failing:
            item.pii_columns = _columns_with_pii(frame, item)


def _columns_with_pii(frame: pl.LazyFrame, item: RuleFacts) -> frozenset[str]:
    bound, rule = item.bound, item.rule
    if bound is None:
        raise NotBound
    today = bound.resources.today
    wanted = [
        pii_expr(
            canonical_text_expr(pl.col(RAW + name), bound.resources.physical[name]),
            rule.parameters["detect"],
            today=today,
        )
        .any()
        .alias(name)
        for name in rule.columns
    ]
    row = bound.filtered(frame).select(wanted).collect(engine="streaming").row(0, named=True)
    return frozenset(name for name, found in row.items() if found)


def _needs_own_pass(item: RuleFacts) -> bool:
    own = (item.body.failing, item.body.measure, item.body.stock)
    return any(way is not None for way in own)


def _fused(
    frame: pl.LazyFrame,
    facts: list[RuleFacts],
    keys: list[KeyRule],
    riders: Riders,
    watch: Watch,
    samples: int,
) -> int:
    """All fusable rules and aggregates in one select. If it breaks, each rule is tried alone."""
    plans = [plan for item in facts if (plan := _plan(item, keys, samples))]
    try:
        return _collect(frame.with_columns(watch.counting()), plans, riders)
    except PolarsError:
        for rule in keys:
            rule.store = None
        return _one_by_one(frame, [plan for item in facts if (plan := _plan(item, keys, samples))])


def _one_by_one(frame: pl.LazyFrame, plans: list[Plan]) -> int:
    try:
        rows = _collect(frame, [])
        # Cells no rule could be judged on are a fault of the data, not of the rules that happen to read them.
        frame.select(pl.col(f"^{RAW}.*$").is_null().sum()).collect(engine="streaming")
    except PolarsError as error:
        raise refuse("data_unreadable", {"reason": "fault", "fault": type(error).__name__}) from error
    for plan in plans:
        try:
            _collect(frame, [plan])
        except PolarsError:
            plan.item.error = "internal"
    return rows


@dataclass(frozen=True)
class Plan:
    """What one rule wants from the fused pass: the column `ok` first, then aggregates over it."""

    item: RuleFacts
    aggregates: Mapping[str, pl.Expr] = field(default_factory=dict)
    ok: pl.Expr | None = None
    first: FirstRows | None = None


def _plan(item: RuleFacts, keys: list[KeyRule], samples: int) -> Plan | None:
    bound = item.bound
    if bound is None:
        raise NotBound
    if item.expr is not None:
        return Plan(item, ok=item.expr, first=FirstRows(samples) if samples else None)
    ridden = next((rule for rule in keys if rule.item is item), None)
    if ridden is not None:
        return Plan(item, {"checked": ridden.aggregate()})
    if item.body.failing is not None and item.body.checked is not None:
        return Plan(item, {"checked": item.body.checked(bound).sum()})
    if item.body.aggregates is not None:
        try:
            return Plan(item, dict(item.body.aggregates(bound)) or {"nothing": pl.lit(0)})
        except Unjudgeable as reason:
            item.error = reason.reason
    return None


def _collect(frame: pl.LazyFrame, plans: list[Plan], riders: Riders | None = None) -> int:
    """One streaming pass. Each `ok` is a column before it is aggregated, so that it is computed once."""
    columns = {_OK + str(place): plan.ok for place, plan in enumerate(plans) if plan.ok is not None}
    wanted = [pl.len().alias("rows")]
    firsts: dict[str, FirstRows] = {}
    for place, plan in enumerate(plans):
        aggregates = dict(plan.aggregates)
        if plan.ok is not None:
            ok = pl.col(_OK + str(place))
            aggregates = {"right": ok.sum(), "checked": ok.count()}
        if plan.first is not None:
            firsts[_OK + str(place)] = plan.first
        wanted += [expr.alias(f"{place}.{name}") for name, expr in aggregates.items()]
    wanted += [pl.col(ROW).count().alias("numbered")]
    wanted += [expr.alias(name) for name, expr in riders.exprs.items()] if riders else []
    judged = frame.with_columns(**columns).with_columns([looking(firsts)] if firsts else [])
    row = judged.select(wanted).collect(engine="streaming").row(0, named=True)
    rows = int(row["rows"])
    if riders is not None:
        riders.values = {name: row[name] for name in riders.exprs}
    for place, plan in enumerate(plans):
        mine = f"{place}."
        _take(plan, {name[len(mine) :]: value for name, value in row.items() if name.startswith(mine)}, rows)
    return rows


def _take(plan: Plan, values: dict[str, Any], rows: int) -> None:
    item = plan.item
    if item.body.aggregates is not None:
        if item.kind.judge is None or item.bound is None:
            raise NotBound
        try:
            item.finding = item.kind.judge(item.bound, values)
        except Unjudgeable as reason:
            item.error = reason.reason
        return
    # `lit(True).sum()` is 1, not the number of rows
    constant = "right" not in values and _is_constant(item)
    item.checked = rows if constant else int(values["checked"] or 0)
    if "right" in values:
        item.failing = item.checked - int(values["right"] or 0)
    if plan.first is not None:
        item.first_rows = tuple(plan.first.rows)


def _is_constant(item: RuleFacts) -> bool:
    """The `checked` of a rule over all rows reads no column."""
    bound = item.bound
    if item.body.failing is None or item.body.checked is None or bound is None:
        return False
    return not item.body.checked(bound).meta.root_names()


def _own_pass(frame: pl.LazyFrame, item: RuleFacts, samples: int) -> None:
    bound = item.bound
    if bound is None:
        raise NotBound
    with _judging([item]):
        if item.body.stock is not None:
            _by_stock(frame, item, samples)
        if item.body.failing is not None:
            first = FirstRows(samples)
            wrong = item.body.failing(bound, frame).select(first.keeping().count())
            item.failing = int(wrong.collect(engine="streaming").item())
            item.first_rows = tuple(first.rows)
        if item.body.measure is not None:
            item.finding = item.body.measure(bound, frame)


def _by_stock(frame: pl.LazyFrame, item: RuleFacts, samples: int) -> None:
    from governance.validation.engine.stock import stock_answer  # loads pandera

    bound = item.bound
    if bound is None or item.body.stock is None:
        raise NotBound
    names = item.rule.columns
    answer = stock_answer(item.body.stock(bound), bound.filtered(frame), names[0] if names else "*")
    first, ok = FirstRows(samples), pl.col("ok")
    aggregates = (ok.count().alias("checked"), ok.sum().alias("right"), pl.col(ROW).count())
    looked_at = answer.with_columns(looking({"ok": first})).select(aggregates)
    item.checked, right, _ = looked_at.collect(engine="streaming").row(0)
    item.failing = item.checked - (right or 0)
    item.first_rows = tuple(first.rows)
