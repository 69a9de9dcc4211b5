"""`length`: code points of a text (standard-rules §2.5, §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.kinds.base import Implied, ImpliedBy, Kind, option, register
from governance.validation.kinds.parameters import Parameter, Place, bad, possible, whole
from governance.validation.kinds.wording import bounds_en, bounds_zh
from governance.validation.model import Column, Rule


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """At least one bound."""
    if rule.parameters["min"] is None and rule.parameters["max"] is None:
        raise bad(Place(rule.kind, columns), "min", "or max is needed", "或 max 必须给出")
    possible(Place(rule.kind, columns), rule.parameters["min"], rule.parameters["max"])


def implied(node: Mapping[str, Any], _sole_key: bool) -> Iterator[Implied]:
    """From `minLength` and `maxLength` of a string."""
    if given := option(node, ("string",), {"minLength": "min", "maxLength": "max"}):
        yield Implied("/logicalTypeOptions", given)


register(
    Kind(
        name="length",
        summary=("Text has a length within bounds", "文本长度须在界限之内"),
        level="row",
        severity="minor",
        dimension="conformity",
        parameters={"min": Parameter(whole(0)), "max": Parameter(whole(0))},
        sentence=lambda rule: (
            f"The length of {rule.columns[0]} is {bounds_en(rule.written)} characters",
            f"{rule.columns[0]} 的长度须{bounds_zh(rule.written)} 个字符",
        ),
        verify=verify,
        implied=ImpliedBy(3, implied, of_options=True),
    )
)
