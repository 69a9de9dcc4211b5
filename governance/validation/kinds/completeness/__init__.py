"""`completeness`: the share of cells that hold a value (standard-rules §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.missing_values import LISTS
from governance.validation.kinds.parameters import REQUIRED, Parameter, percent
from governance.validation.model import Rule


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column, share = rule.columns[0], rule.written["min_percent"]
    return f"At least {share}% of {column} holds a value", f"{column} 的完整率须不低于 {share}%"


def holds(rule: Rule, failing: int, checked: int) -> bool:
    """100·(checked − failing)/checked ≥ min_percent, exactly; no rows pass."""
    enough: bool = 100 * (checked - failing) >= rule.parameters["min_percent"] * checked
    return enough


register(
    Kind(
        name="completeness",
        summary=("At least a share of the cells holds a value", "非缺失单元格的比例须达到下限"),
        level="row",
        severity="major",
        dimension="completeness",
        parameters={"min_percent": Parameter(percent, REQUIRED), **LISTS},
        sentence=sentence,
        holds=holds,
    )
)
