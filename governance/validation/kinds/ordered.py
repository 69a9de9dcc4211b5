"""`ordered`: values rise or fall within each group (standard-rules §4)."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import ROW, Bound, Kind, register
from governance.validation.kinds.parameters import Parameter, boolean, column_name, distinct_columns, one_of
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def _needed(bound: Bound) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*bound.rule.columns, *bound["group_by"], *bound["order_by"])))


def checked(bound: Bound) -> pl.Expr:
    """Rows with a value, a group and an order key."""
    return bound.keyed(_needed(bound))


def failing(bound: Bound, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows whose value goes the wrong way from the one before it in the group."""
    value = pl.col(bound.rule.columns[0])
    rows = frame.filter(checked(bound)).select(ROW, *_needed(bound))
    rows = rows.sort([*bound["order_by"], ROW], maintain_order=True)
    before = value.shift(1)
    before = before.over(list(bound["group_by"])) if bound["group_by"] else before
    rising = bound["direction"] == "increasing"
    if bound["strict"]:
        wrong = value <= before if rising else value >= before
    else:
        wrong = value < before if rising else value > before
    return rows.filter(wrong.fill_null(False)).select(ROW)


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
        checked=checked,
        failing=failing,
    )
)
