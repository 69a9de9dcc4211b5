"""`row_count`: how many rows there are (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.validation.kinds.base import Bound, Finding, Kind, Metric, register
from governance.validation.kinds.parameters import Parameter, Place, bad, not_negative, possible
from governance.validation.kinds.wording import bounds_en, bounds_zh, operator_en, operator_zh
from governance.validation.model import Column, Rule

LOWER_BOUNDS = ("mustBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeBetween")


def judge(bound: Bound, values: Mapping[str, Any]) -> Finding:
    """Compare with the bounds or the operator."""
    rows = int(values["rows"])
    threshold = bound.rule.threshold
    if threshold is not None:
        metric = (100 if rows else 0) if threshold.unit == "percent" else rows
        return Finding(threshold.holds(metric), observed=rows)
    low, high = bound["min"], bound["max"]
    ok = (low is None or rows >= low) and (high is None or rows <= high)
    return Finding(ok, observed=rows)


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """A bound or an operator, not both and not neither."""
    bounded = rule.parameters["min"] is not None or rule.parameters["max"] is not None
    if bounded == (rule.threshold is not None):
        raise bad(
            Place(rule.kind, columns),
            "min",
            "or max or one operator is needed",
            "或 max 或一个运算符必须给出",
        )
    possible(Place(rule.kind, columns), rule.parameters["min"], rule.parameters["max"])


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    if rule.threshold is not None:
        return f"The number of rows {operator_en(rule)}", f"行数{operator_zh(rule)}"
    return f"The number of rows is {bounds_en(rule.written)}", f"行数须{bounds_zh(rule.written)}"


def opens_gate(rule: Rule) -> bool:
    """Without `where`, and with a lower bound."""
    if rule.where is not None:
        return False
    if rule.threshold is not None:
        return rule.threshold.operator in LOWER_BOUNDS
    return rule.parameters["min"] is not None


register(
    Kind(
        name="row_count",
        summary=("The number of rows lies within bounds", "行数须在界限之内"),
        level="table",
        severity="major",
        dimension="coverage",
        columns="none",
        parameters={"min": Parameter(not_negative), "max": Parameter(not_negative)},
        sentence=sentence,
        judge=judge,
        verify=verify,
        metric=Metric(("rowCount",), of_table=True),
        operator=True,
        opens_gate=opens_gate,
    )
)
