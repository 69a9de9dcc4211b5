"""`row_count_change`: rows against the previous version (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import Parameter, Place, bad, not_negative
from governance.validation.model import Column, Rule


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """At least one bound."""
    if not any(isinstance(value, Decimal) for value in rule.parameters.values()):
        raise bad(
            Place(rule.kind, columns),
            "max_increase_percent",
            "or max_decrease_percent is needed",
            "或 max_decrease_percent 必须给出",
        )


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    up, down = rule.written.get("max_increase_percent"), rule.written.get("max_decrease_percent")
    en = " and ".join(
        [f"grows by at most {up}%"] * (up is not None) + [f"shrinks by at most {down}%"] * (down is not None)
    )
    zh = "，".join([f"增幅不超过 {up}%"] * (up is not None) + [f"减幅不超过 {down}%"] * (down is not None))
    return f"The number of rows {en} against the previous version", f"行数相对上一版本{zh}"


register(
    Kind(
        name="row_count_change",
        summary=(
            "The number of rows stays close to the previous version",
            "行数相对上一版本的变化须在界限之内",
        ),
        level="table",
        severity="major",
        dimension="coverage",
        columns="none",
        parameters={
            "max_increase_percent": Parameter(not_negative),
            "max_decrease_percent": Parameter(not_negative),
        },
        sentence=sentence,
        verify=verify,
        needs_previous=lambda parameters: True,
    )
)
