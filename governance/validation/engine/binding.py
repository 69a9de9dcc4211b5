"""Rules bound to a table: what each needs is there, or the rule is errored or skipped (standard-rules §4,
notes)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from governance.validation.engine.facts import RuleFacts, Skip
from governance.validation.errors import Unjudgeable
from governance.validation.kinds import registry
from governance.validation.kinds.base import Bound, Resources, polars_body
from governance.validation.model import Column, NotBound, Rule
from governance.validation.pandera_native import named_expr
from governance.validation.standard.compiling import CompiledStandard


def bind_all(compiled: CompiledStandard, resources: Resources, *, first_version: bool) -> list[RuleFacts]:
    """One entry per rule, in report order."""
    return [bind(rule, compiled.columns, resources, first_version=first_version) for rule in compiled.rules]


def bind(
    rule: Rule, columns: Mapping[str, Column], resources: Resources, *, first_version: bool = False
) -> RuleFacts:
    """Bind one rule; problems become `error` or `skipped`, never an exception."""
    facts = bind_plain(rule, columns, resources, first_version=first_version)
    if facts.judged:
        try:
            _take_expression(facts)
        except Unjudgeable as reason:
            facts.error = reason.reason
    return facts


def bind_plain(
    rule: Rule, columns: Mapping[str, Column], resources: Resources, *, first_version: bool = False
) -> RuleFacts:
    """What every engine binds: whether the columns are there, and the plain data a rule may ask for."""
    facts = RuleFacts(rule, registry()[rule.kind], polars_body(rule.kind))
    if rule.unsupported:
        facts.error = "unsupported_type"
        return facts
    facts.skipped = _skip(rule, columns, resources, first_version)
    if facts.skipped is not None:
        return facts
    try:
        _check_columns(rule, columns, resources)
        facts.bound = Bound(rule, columns, resources)
    except Unjudgeable as reason:
        facts.error = reason.reason
    return facts


def _skip(
    rule: Rule, columns: Mapping[str, Column], resources: Resources, first_version: bool
) -> Skip | None:
    absent = [columns[name] for name in rule.reads if name not in resources.physical]
    if absent and all(column.optional for column in absent):
        return "optional_column_absent"
    against_previous = registry()[rule.kind].needs_previous(rule.parameters)
    if first_version and against_previous and resources.previous is None and not absent:
        return "first_version"
    return None


def _check_columns(rule: Rule, columns: Mapping[str, Column], resources: Resources) -> None:
    if any(name not in resources.physical for name in rule.reads):
        raise Unjudgeable("column_missing")
    if not registry()[rule.kind].judges_nested and any(columns[name].is_nested for name in rule.reads):
        raise Unjudgeable("unsupported_type")


def _take_expression(facts: RuleFacts) -> None:
    """The expression is the one the Pandera check selects, so what runs is what the schema says."""
    bound, rule = facts.bound, facts.rule
    if bound is None:
        raise NotBound
    if rule.level == "table" or facts.body.failing is not None:
        facts.pandera = registry()[rule.kind].check_name
        if facts.body.failing is not None:
            if facts.body.checked is None:
                raise NotBound
            facts.body.checked(bound)
        return
    if facts.body.stock is not None:
        facts.pandera = f"stock: {registry()[rule.kind].check_name}"
        return
    facts.pandera, facts.expr = named_expr(bound)
    cheaper = facts.body.cheaper(bound)
    if cheaper is not None:
        facts.expr = cheaper if bound.selected is None else pl.when(bound.selected).then(cheaper)
