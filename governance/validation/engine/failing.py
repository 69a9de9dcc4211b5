"""The rows a rule fails, for whoever needs them outside a report (cleaning's `drop_rows: rule`)."""

from __future__ import annotations

import polars as pl

from governance.validation.engine.binding import bind
from governance.validation.engine.facts import RuleFacts
from governance.validation.engine.preparing import prepare
from governance.validation.errors import EngineError, invalid
from governance.validation.kinds.base import ROW, Resources
from governance.validation.model import NotBound
from governance.validation.reading import RawTable
from governance.validation.standard.compiling import CompiledStandard


def failing_frame(
    compiled: CompiledStandard, table: RawTable, rule_id: str, resources: Resources
) -> pl.LazyFrame:
    """LazyFrame of one Int64 column `_gavel_row`: the rows the rule fails, in file order.

    `resources` give the clock and the references; columns and types are taken from the table. Raises
    `parameter_invalid` for an unknown rule, a table rule, and a rule that cannot be judged here.
    """
    facts, frame = _bound(compiled, table, rule_id, resources)
    if facts.expr is not None:
        return frame.filter(~facts.expr).select(ROW)
    if facts.body.failing is None:
        raise NotBound
    if facts.bound is None:
        raise NotBound
    return facts.body.failing(facts.bound, frame).select(ROW).sort(ROW)


def failing_expr(
    compiled: CompiledStandard, table: RawTable, rule_id: str, resources: Resources
) -> pl.Expr | None:
    """Boolean over the prepared frame, True where the rule fails; None for rules that need more than one
    row."""
    facts, _ = _bound(compiled, table, rule_id, resources)
    return None if facts.expr is None else ~facts.expr.fill_null(True)


def _bound(
    compiled: CompiledStandard, table: RawTable, rule_id: str, resources: Resources
) -> tuple[RuleFacts, pl.LazyFrame]:
    rule = compiled.rule(rule_id)
    if rule.level == "table":
        raise _unusable(rule_id, "table rule")
    seen = prepare(table, compiled.columns)
    own = resources.for_table(table.columns, seen.physical, compiled.form.name, table.format)
    facts = bind(rule, compiled.columns, own)
    if not facts.judged:
        raise _unusable(rule_id, facts.error or facts.skipped or "")
    return facts, seen.frame


def _unusable(rule_id: str, why: str) -> EngineError:
    return invalid(
        "The rule names no rows of this table.", "该规则无法指明本表的行。", {"rule": rule_id, "reason": why}
    )
