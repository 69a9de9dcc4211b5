"""`functional_dependency`: one determinant, one dependent (standard-rules §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, distinct_columns, normalise, one_of
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    first, second = rule.parameters["determinant"], rule.parameters["dependent"]
    return (
        f"{names_en(first)} determines {names_en(second)}",
        f"{names_zh(first)} 相同时，{names_zh(second)} 须相同",
    )


register(
    Kind(
        name="functional_dependency",
        summary=("Equal determinants have equal dependents", "决定列相同的行，依赖列须一致"),
        level="row",
        severity="major",
        dimension="consistency",
        columns="none",
        parameters={
            "determinant": Parameter(distinct_columns, REQUIRED),
            "dependent": Parameter(distinct_columns, REQUIRED),
            "report": Parameter(one_of("all", "minority"), "all"),
            "normalise": Parameter(normalise, ()),
        },
        sentence=sentence,
        reads=lambda parameters: (*parameters["determinant"], *parameters["dependent"]),
        pandera="gavel_fd",
    )
)
