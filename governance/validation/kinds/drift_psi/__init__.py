"""`drift_psi`: population stability index against an earlier data set (standard-rules §4)."""

from __future__ import annotations

from decimal import Decimal

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import Parameter, not_negative, text, whole
from governance.validation.model import Rule

MOST_BINS = 1000
"""Each bin is an edge to find and a count to take."""


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column, limit = rule.columns[0], rule.parameters["max"]
    other = rule.parameters["against"]
    return (
        f"The PSI of {column} against {other or 'the previous version'} is at most {limit}",
        f"{column} 的分布相对{other or '上一版本'}的 PSI 不得超过 {limit}",
    )


register(
    Kind(
        name="drift_psi",
        summary=("The distribution stays close to an earlier one", "分布须与先前数据相近（PSI）"),
        level="table",
        severity="major",
        dimension="accuracy",
        parameters={
            "bins": Parameter(whole(1, MOST_BINS), 10),
            "max": Parameter(not_negative, Decimal("0.2")),
            "against": Parameter(text),
        },
        sentence=sentence,
        pandera="gavel_psi",
        needs_previous=lambda parameters: parameters["against"] is None,
    )
)
