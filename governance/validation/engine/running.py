"""The passes over the data: one fused streaming select, then the rules that need more (standard-rules
§7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from governance.validation.casts import canonical_text_expr
from governance.validation.engine.facts import RuleFacts
from governance.validation.errors import Unjudgeable, refuse
from governance.validation.kinds.base import RAW, ROW
from governance.validation.model import NotBound
from governance.validation.pii import pii_expr

Progress = Callable[[float, str], None]


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
) -> int:
    """Fill in counts and findings, and the values of the riders; returns the number of rows."""
    rows = _fused(frame, [item for item in facts if item.judged], riders or Riders())
    progress(0.5, "fused")
    rest = [item for item in facts if item.judged and _needs_own_pass(item)]
    for done, item in enumerate(rest, start=1):
        stop()
        _own_pass(frame, item)
        progress(0.5 + 0.3 * done / len(rest), item.rule.id)
    return rows


def first_rows(frame: pl.LazyFrame, facts: Iterable[RuleFacts], count: int) -> None:
    """Record numbers of the first failing rows: one pass for all fusable rules, bounded memory."""
    failed = [item for item in facts if item.judged and item.failing]
    fused = [item for item in failed if item.expr is not None]
    wanted = [
        pl.col(ROW).filter(~item.expr).bottom_k(count).implode().alias(str(place))  # type: ignore[operator]
        for place, item in enumerate(fused)
    ]
    if wanted:
        row = frame.select(wanted).collect(engine="streaming").row(0)
        for item, found in zip(fused, row, strict=True):
            item.first_rows = tuple(sorted(found))
    for item in failed:
        if item.wrong is not None:
            found = item.wrong.select(pl.col(ROW).bottom_k(count)).collect(engine="streaming")
            item.first_rows = tuple(sorted(found.to_series().to_list()))


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
    return item.body.failing is not None or item.body.measure is not None


def _fused(frame: pl.LazyFrame, facts: list[RuleFacts], riders: Riders) -> int:
    """All fusable rules and aggregates in one select. If it breaks, each rule is tried alone."""
    plans = [(item, plan) for item in facts if (plan := _plan(item))]
    try:
        rows = _collect(frame, [(pl.len(), "rows")], plans, riders)
    except PolarsError:
        rows = _one_by_one(frame, plans)
    return rows


def _one_by_one(frame: pl.LazyFrame, plans: list[tuple[RuleFacts, dict[str, pl.Expr]]]) -> int:
    try:
        rows = _collect(frame, [(pl.len(), "rows")], [])
    except PolarsError as error:
        raise refuse("data_unreadable", type(error).__name__) from error
    for item, plan in plans:
        try:
            _collect(frame, [(pl.len(), "rows")], [(item, plan)])
        except PolarsError:
            item.error = "internal"
    return rows


def _plan(item: RuleFacts) -> dict[str, pl.Expr]:
    """Aggregates the rule wants from the fused pass."""
    bound = item.bound
    if bound is None:
        raise NotBound
    if item.expr is not None:
        return {"failing": (~item.expr).sum(), "checked": item.expr.count()}
    if item.body.failing is not None and item.body.checked is not None:
        return {"checked": item.body.checked(bound).sum()}
    if item.body.aggregates is not None:
        try:
            return dict(item.body.aggregates(bound)) or {"nothing": pl.lit(0)}
        except Unjudgeable as reason:
            item.error = reason.reason
    return {}


def _collect(
    frame: pl.LazyFrame,
    lead: list[tuple[pl.Expr, str]],
    plans: list[tuple[RuleFacts, dict[str, pl.Expr]]],
    riders: Riders | None = None,
) -> int:
    wanted = [expr.alias(name) for expr, name in lead]
    for place, (_, plan) in enumerate(plans):
        wanted += [expr.alias(f"{place}.{name}") for name, expr in plan.items()]
    wanted += [expr.alias(name) for name, expr in riders.exprs.items()] if riders else []
    row = frame.select(wanted).collect(engine="streaming").row(0, named=True)
    rows = int(row["rows"])
    if riders is not None:
        riders.values = {name: row[name] for name in riders.exprs}
    for place, (item, plan) in enumerate(plans):
        _take(item, {name: row[f"{place}.{name}"] for name in plan}, rows)
    return rows


def _take(item: RuleFacts, values: dict[str, Any], rows: int) -> None:
    if item.body.aggregates is not None:
        if item.kind.judge is None:
            raise NotBound
        if item.bound is None:
            raise NotBound
        try:
            item.finding = item.kind.judge(item.bound, values)
        except Unjudgeable as reason:
            item.error = reason.reason
        return
    if "failing" in values:
        item.failing = int(values["failing"] or 0)
    checked = values["checked"]
    # `lit(True).sum()` is 1, not the number of rows
    item.checked = rows if checked is True or _is_constant(item) else int(checked or 0)


def _is_constant(item: RuleFacts) -> bool:
    """The `checked` of a rule over all rows reads no column."""
    bound = item.bound
    if item.body.failing is None or item.body.checked is None or bound is None:
        return False
    return not item.body.checked(bound).meta.root_names()


def _own_pass(frame: pl.LazyFrame, item: RuleFacts) -> None:
    bound = item.bound
    if bound is None:
        raise NotBound
    try:
        if item.body.failing is not None:
            item.wrong = item.body.failing(bound, frame).select(ROW).collect(engine="streaming").lazy()
            item.failing = int(item.wrong.select(pl.len()).collect().item())
        if item.body.measure is not None:
            item.finding = item.body.measure(bound, frame)
    except Unjudgeable as reason:
        item.error = reason.reason
    except PolarsError:
        item.error = "internal"
