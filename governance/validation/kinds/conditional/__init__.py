"""`conditional`: where one predicate is true, another must be (standard-rules §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, predicate
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    first, second = rule.parameters["if"].columns, rule.parameters["then"].columns
    return (
        f"{names_en(second)} follows the condition on {names_en(first)}",
        f"在 {names_zh(first)} 满足条件时，{names_zh(second)} 须符合规定",
    )


register(
    Kind(
        name="conditional",
        summary=("Where one condition holds, another must hold", "满足某条件的行须同时满足另一条件"),
        level="row",
        severity="major",
        dimension="consistency",
        columns="none",
        parameters={"if": Parameter(predicate, REQUIRED), "then": Parameter(predicate, REQUIRED)},
        sentence=sentence,
        reads=lambda parameters: (*parameters["if"].columns, *parameters["then"].columns),
    )
)
