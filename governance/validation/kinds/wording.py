"""Pieces of rule sentences in both languages. Sentences name columns and bounds, never a cell value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from governance.validation.model import Rule
from governance.validation.scalars import source_text

SHOWN = 8


def names_en(names: Iterable[str]) -> str:
    """`a, b and c`."""
    items = list(names)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def names_zh(names: Iterable[str]) -> str:
    """`a、b、c`."""
    return "、".join(names)


def listed(values: Iterable[Any]) -> str:
    """The first values of a list in the standard, and how many more there are."""
    items = [source_text(value) for value in values]
    more = f" … +{len(items) - SHOWN}" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more


def bounds_en(written: Mapping[str, Any]) -> str:
    """`at least 1 and less than 5`."""
    words = {"min": "at least", "exclusive_min": "more than", "max": "at most", "exclusive_max": "less than"}
    return names_en(
        f"{words[key]} {source_text(written[key])}" for key in words if written.get(key) is not None
    )


def bounds_zh(written: Mapping[str, Any]) -> str:
    """`不小于 1 且小于 5`."""
    words = {"min": "不小于", "exclusive_min": "大于", "max": "不大于", "exclusive_max": "小于"}
    return " 且 ".join(
        f"{words[key]} {source_text(written[key])}" for key in words if written.get(key) is not None
    )


OPERATORS_EN = {
    "mustBe": "must be {0}",
    "mustNotBe": "must not be {0}",
    "mustBeGreaterThan": "must be greater than {0}",
    "mustBeGreaterOrEqualTo": "must be at least {0}",
    "mustBeLessThan": "must be less than {0}",
    "mustBeLessOrEqualTo": "must be at most {0}",
    "mustBeBetween": "must lie between {0} and {1}",
    "mustNotBeBetween": "must not lie between {0} and {1}",
}
OPERATORS_ZH = {
    "mustBe": "须等于 {0}",
    "mustNotBe": "不得等于 {0}",
    "mustBeGreaterThan": "须大于 {0}",
    "mustBeGreaterOrEqualTo": "须不小于 {0}",
    "mustBeLessThan": "须小于 {0}",
    "mustBeLessOrEqualTo": "须不大于 {0}",
    "mustBeBetween": "须在 {0} 与 {1} 之间",
    "mustNotBeBetween": "不得在 {0} 与 {1} 之间",
}


def operator_en(rule: Rule) -> str:
    """The rule's ODCS operator in words."""
    return _operator(rule, OPERATORS_EN)


def operator_zh(rule: Rule) -> str:
    """The rule's ODCS operator in words."""
    return _operator(rule, OPERATORS_ZH)


def _operator(rule: Rule, words: Mapping[str, str]) -> str:
    threshold = rule.threshold
    if threshold is None:
        return ""
    written = threshold.written if isinstance(threshold.written, list) else [threshold.written]
    shown = words[threshold.operator].format(*(source_text(item) for item in written))
    return shown + ("%" if threshold.unit == "percent" else "")
