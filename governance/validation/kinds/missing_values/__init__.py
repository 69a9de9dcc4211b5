"""`missing_values`: missing cells, listed stand-ins for them, blanks (standard-rules §2.3, §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, Metric, register
from governance.validation.kinds.parameters import Parameter, boolean, raw_values
from governance.validation.kinds.wording import listed
from governance.validation.model import Rule

DEFAULT = (None, "")


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column = rule.columns[0]
    words = [value for value in rule.parameters["values"] if value]
    en, zh = f"{column} holds a value", f"{column} 须有值"
    if words:
        en, zh = f"{en}, and none of {listed(words)}", f"{zh}，且不是 {listed(words)}"
    return en, zh


LISTS = {"values": Parameter(raw_values, DEFAULT), "blank": Parameter(boolean, False)}


register(
    Kind(
        name="missing_values",
        summary=("No cell is missing or holds a stand-in for missing", "不得缺失，也不得为代表缺失的写法"),
        level="row",
        severity="major",
        dimension="completeness",
        parameters=LISTS,
        sentence=sentence,
        pandera="gavel_missing",
        metric=Metric(("missingValues",), {"missingValues": "values"}, needs_column=True),
    )
)
