"""`ordered`: values rise or fall within each group (standard-rules §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.parameters import Parameter, boolean, column_name, distinct_columns, one_of
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def needed(bound: Bound) -> tuple[str, ...]:
    """Columns a row must hold a value in to be checked."""
    return tuple(dict.fromkeys((*bound.rule.columns, *bound["group_by"], *bound["order_by"])))


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    given, column = rule.parameters, rule.columns[0]
    rising = given["direction"] == "increasing"
    en = f"{column} is {'strictly ' if given['strict'] else ''}{given['direction']}"
    zh = f"{column} 须{'严格' if given['strict'] else ''}{'递增' if rising else '递减'}"
    if given["group_by"]:
        en, zh = (
            f"{en} within {names_en(given['group_by'])}",
            f"{zh}（按 {names_zh(given['group_by'])} 分组）",
        )
    return en, zh


register(
    Kind(
        name="ordered",
        summary=("Values rise or fall within each group", "各组内取值须递增或递减"),
        level="row",
        severity="minor",
        dimension="consistency",
        parameters={
            "column": Parameter(column_name),
            "group_by": Parameter(distinct_columns, ()),
            "order_by": Parameter(distinct_columns, ()),
            "direction": Parameter(one_of("increasing", "decreasing"), "increasing"),
            "strict": Parameter(boolean, False),
        },
        sentence=sentence,
        reads=lambda parameters: (*parameters["group_by"], *parameters["order_by"]),
    )
)
