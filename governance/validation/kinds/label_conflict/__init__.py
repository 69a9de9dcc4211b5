"""`label_conflict`: the same example with different labels (standard-rules §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import (
    REQUIRED,
    Parameter,
    column_name,
    distinct_columns,
    normalise,
)
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    key, label = rule.parameters["key"], rule.parameters["label"]
    return f"Rows of one {names_en(key)} have one {label}", f"{names_zh(key)} 相同的行，{label} 须一致"


register(
    Kind(
        name="label_conflict",
        summary=("The same example never has two labels", "同一样本不得有不同标签"),
        level="row",
        severity="major",
        dimension="accuracy",
        columns="none",
        parameters={
            "key": Parameter(distinct_columns, REQUIRED),
            "label": Parameter(column_name, REQUIRED),
            "normalise": Parameter(normalise, ()),
        },
        sentence=sentence,
        reads=lambda parameters: (*parameters["key"], parameters["label"]),
        pandera="gavel_label_conflict",
    )
)
