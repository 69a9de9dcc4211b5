"""`unique`: keys that occur once (standard-rules §4). Every row of a repeated key fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.kinds.base import Implied, ImpliedBy, Kind, Metric, register
from governance.validation.kinds.parameters import Parameter, normalise, one_of
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    if len(rule.columns) == 1:
        return f"Every value of {rule.columns[0]} occurs once", f"{rule.columns[0]} 的取值不得重复"
    en, zh = names_en(rule.columns), names_zh(rule.columns)
    return f"Every combination of {en} occurs once", f"{zh} 的组合不得重复"


def implied(node: Mapping[str, Any], sole_key: bool) -> Iterator[Implied]:
    """From `unique`, and for a primary key of one part."""
    if node.get("unique") is True:
        yield Implied("/unique")
    if sole_key:
        yield Implied("/primaryKey", severity="blocker")


register(
    Kind(
        name="unique",
        summary=("No key occurs twice", "键不得重复"),
        level="row",
        severity="major",
        dimension="uniqueness",
        columns="many",
        parameters={
            "nulls": Parameter(one_of("ignore", "equal"), "ignore"),
            "normalise": Parameter(normalise, ()),
        },
        sentence=sentence,
        metric=Metric(("duplicateValues", "duplicateCount"), {"properties": "columns"}),
        implied=ImpliedBy(2, implied),
        default_columns=tuple,
    )
)
