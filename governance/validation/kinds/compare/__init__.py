"""`compare`: two columns or expressions stand in a relation (standard-rules §1.2, §4)."""

from __future__ import annotations

from decimal import Decimal

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, expression, not_negative, one_of
from governance.validation.model import Rule

SIGNS = {"eq": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥"}


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    left, right = rule.parameters["left"].source, rule.parameters["right"].source
    shown = f"{left} {SIGNS[rule.parameters['op']]} {right}"
    if rule.parameters["epsilon"]:
        shown += f" (± {rule.parameters['epsilon']})"
    return shown, f"须满足 {shown}"


register(
    Kind(
        name="compare",
        summary=("Two columns or expressions stand in a relation", "两列或两个表达式须满足大小关系"),
        level="row",
        severity="major",
        dimension="consistency",
        columns="none",
        parameters={
            "left": Parameter(expression, REQUIRED),
            "op": Parameter(one_of(*SIGNS), REQUIRED),
            "right": Parameter(expression, REQUIRED),
            "epsilon": Parameter(not_negative, Decimal(0)),
        },
        sentence=sentence,
        reads=lambda parameters: (*parameters["left"].columns, *parameters["right"].columns),
    )
)
