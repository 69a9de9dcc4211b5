"""`leakage`: keys that are also in another data set, such as the test split (standard-rules §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.duplicate_text import STEPS
from governance.validation.kinds.parameters import REQUIRED, Parameter, normalise, text
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    en, zh, other = names_en(rule.columns), names_zh(rule.columns), rule.parameters["against"]
    return f"No {en} is also in {other}", f"{zh} 不得同时出现在 {other} 中"


register(
    Kind(
        name="leakage",
        summary=("No row is also in another data set", "不得与另一数据集有相同的行"),
        level="row",
        severity="blocker",
        dimension="consistency",
        columns="many",
        parameters={"against": Parameter(text, REQUIRED), "normalise": Parameter(normalise, STEPS)},
        sentence=sentence,
    )
)
