"""`invalid_values`: not on the list, no match, or uncastable (standard-rules §4). Missing cells do not
fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.kinds.base import ORDERED_TYPES, Kind, register
from governance.validation.kinds.parameters import Parameter, text, values
from governance.validation.kinds.text_format import PATTERNS
from governance.validation.kinds.wording import listed
from governance.validation.model import Rule

_BOUNDS = {
    "minimum": "min",
    "maximum": "max",
    "exclusiveMinimum": "exclusive_min",
    "exclusiveMaximum": "exclusive_max",
}


def option_rules(logical: str | None, options: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rules a property's logicalTypeOptions stand for."""
    if logical == "string":
        lengths = {
            our: options[their]
            for their, our in (("minLength", "min"), ("maxLength", "max"))
            if their in options
        }
        if lengths:
            yield "length", lengths
        if "pattern" in options:
            yield "regex", {"pattern": options["pattern"]}
        if options.get("format") in PATTERNS:
            yield "text_format", {"format": options["format"]}
    bounds = {our: options[their] for their, our in _BOUNDS.items() if their in options}
    if logical in ORDERED_TYPES and bounds:
        yield "range", bounds
    if logical in ("integer", "number") and "multipleOf" in options:
        yield "multiple_of", {"of": options["multipleOf"]}


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
        level="row",
        severity="major",
        dimension="conformity",
        parameters={"valid_values": Parameter(values), "pattern": Parameter(text)},
        sentence=sentence,
        pandera="gavel_invalid",
    )
)
