"""`invalid_values`: not on the list, no match, or uncastable (standard-rules §4). Missing cells do not
fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.kinds.base import Kind, Metric, register, registry
from governance.validation.kinds.parameters import Parameter, text, values
from governance.validation.kinds.wording import listed
from governance.validation.model import Rule


def option_rules(logical: str | None, options: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rules a property's logicalTypeOptions stand for: kind, parameters as written."""
    node = {"logicalType": logical, "logicalTypeOptions": options}
    for name, kind in registry().items():
        if kind.implied is not None and kind.implied.of_options:
            for found in kind.implied.read(node, False):
                yield name, found.given


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column, valid, form = rule.columns[0], rule.parameters["valid_values"], rule.parameters["pattern"]
    if valid is not None:
        return f"{column} is one of {listed(valid)}", f"{column} 须为 {listed(valid)} 之一"
    if form is not None:
        return f"{column} matches {form}", f"{column} 须匹配 {form}"
    return f"{column} is valid for its type", f"{column} 须符合其类型的全部要求"


register(
    Kind(
        name="invalid_values",
        summary=("Values are on the list, match, or fit the type", "取值须在列表内、匹配模式或符合类型"),
        level="row",
        severity="major",
        dimension="conformity",
        parameters={"valid_values": Parameter(values), "pattern": Parameter(text)},
        sentence=sentence,
        pandera="gavel_invalid",
        metric=Metric(
            ("invalidValues",), {"validValues": "valid_values", "pattern": "pattern"}, needs_column=True
        ),
    )
)
