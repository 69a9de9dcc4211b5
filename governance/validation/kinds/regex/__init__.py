"""`regex`: text matches a pattern, searched unanchored in linear time (standard-rules §2.6, §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.kinds.base import Implied, ImpliedBy, Kind, option, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, boolean, text
from governance.validation.model import Rule


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column, pattern = rule.columns[0], rule.parameters["pattern"]
    if rule.parameters["negate"]:
        return f"{column} does not match {pattern}", f"{column} 不得匹配 {pattern}"
    return f"{column} matches {pattern}", f"{column} 须匹配 {pattern}"


def implied(node: Mapping[str, Any], _sole_key: bool) -> Iterator[Implied]:
    """From `pattern` of a string."""
    if given := option(node, ("string",), {"pattern": "pattern"}):
        yield Implied("/logicalTypeOptions/pattern", given)


register(
    Kind(
        name="regex",
        summary=("Text matches a pattern", "文本须匹配模式"),
        level="row",
        severity="major",
        dimension="conformity",
        parameters={"pattern": Parameter(text, REQUIRED), "negate": Parameter(boolean, False)},
        sentence=sentence,
        implied=ImpliedBy(4, implied, of_options=True),
    )
)
