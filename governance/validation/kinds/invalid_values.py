"""`invalid_values`: not on the list, no match, or uncastable (standard-rules §4). Missing cells do not
fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds import length, multiple_of, pattern, range, text_format
from governance.validation.kinds.allowed import typed_series
from governance.validation.kinds.base import ORDERED_TYPES, Bound, Kind, register, registry
from governance.validation.kinds.parameters import Parameter, Place, read_parameters, text, values
from governance.validation.kinds.wording import listed
from governance.validation.model import NotBound, Rule

__all__ = ["length", "multiple_of", "pattern", "range", "text_format"]

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
        if options.get("format") in text_format.PATTERNS:
            yield "text_format", {"format": options["format"]}
    bounds = {our: options[their] for their, our in _BOUNDS.items() if their in options}
    if logical in ORDERED_TYPES and bounds:
        yield "range", bounds
    if logical in ("integer", "number") and "multipleOf" in options:
        yield "multiple_of", {"of": options["multipleOf"]}


def ok(bound: Bound) -> pl.Expr:
    """True or False for every row."""
    name = bound.rule.columns[0]
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    right = ~bound.uncastable(name)
    for part in _parts(bound):
        right = right & part.fill_null(True)
    return right if bound.selected is None else pl.when(bound.selected).then(right)


def _parts(bound: Bound) -> Iterator[pl.Expr]:
    valid, form = bound["valid_values"], bound["pattern"]
    if valid is not None:
        yield bound.value.is_in(typed_series(bound, valid).implode())
    if form is not None:
        bound.need_text()
        yield bound.value.str.contains(pattern.compiled(form))
    if valid is None and form is None:
        for kind_name, given in option_rules(bound.column.logical.name, bound.column.options):
            kind = registry()[kind_name]
            place = Place(kind_name, bound.columns, bound.column)
            parameters = read_parameters(given, kind.parameters, place)
            if kind.ok is None:
                raise NotBound
            yield kind.ok(replace(bound, rule=replace(bound.rule, kind=kind_name, parameters=parameters)))


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
        ok=ok,
        pandera="gavel_invalid",
    )
)
