"""`pii`: personal data where there must be none, or where it must be (standard-rules §4, §4.1)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import Parameter, list_of, one_of
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule
from governance.validation.pii import KINDS


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    kinds, columns = rule.parameters["detect"], rule.columns
    if rule.parameters["mode"] == "require":
        return (
            f"Every value of {names_en(columns)} is one of {names_en(kinds)}",
            f"{names_zh(columns)} 的取值须为 {names_zh(kinds)}",
        )
    return (
        f"{names_en(columns)} holds no {names_en(kinds)}",
        f"{names_zh(columns)} 不得含有 {names_zh(kinds)}",
    )


register(
    Kind(
        name="pii",
        summary=("Personal data is absent, or is all there is", "不得含有个人信息，或取值须全为个人信息"),
        level="row",
        severity="blocker",
        dimension="conformity",
        columns="many",
        parameters={
            "detect": Parameter(list_of(one_of(*KINDS)), tuple(KINDS)),
            "mode": Parameter(one_of("forbid", "require"), "forbid"),
        },
        sentence=sentence,
        default_columns=lambda columns: tuple(name for name, column in columns.items() if column.is_text),
    )
)
