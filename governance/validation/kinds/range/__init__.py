"""`range`: values lie within bounds (standard-rules §4). Bounds of an integer column are compared exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.casts import cast_value
from governance.validation.kinds.base import ORDERED_TYPES, Implied, ImpliedBy, Kind, option, register
from governance.validation.kinds.parameters import Parameter, Place, bad
from governance.validation.kinds.wording import bounds_en, bounds_zh
from governance.validation.model import Column, NotBound, Rule

WORDS = {"min": "ge", "exclusive_min": "gt", "max": "le", "exclusive_max": "lt"}
KEYS = tuple(WORDS)


def bound_value(value: Any, place: Place) -> Any:
    """A bound cast like a cell; on a column without an order it is kept, the rule is judged
    `type_mismatch`."""
    if place.column is None:
        raise NotBound
    if isinstance(value, dict | list) or value is None:
        raise bad(place, "bound", "must be a value of the column", "必须是该列类型的取值")
    if place.column.logical.name not in ORDERED_TYPES:
        return value
    return cast_value(value, place.column.logical, bound=True)


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """At least one bound."""
    if all(rule.parameters[key] is None for key in KEYS):
        raise bad(Place(rule.kind, columns), "min", "or another bound is needed", "或其他界限必须给出")


OPTIONS = {
    "minimum": "min",
    "maximum": "max",
    "exclusiveMinimum": "exclusive_min",
    "exclusiveMaximum": "exclusive_max",
}


def implied(node: Mapping[str, Any], _sole_key: bool) -> Iterator[Implied]:
    """From the bounds of a number, date, timestamp or time."""
    if given := option(node, ORDERED_TYPES, OPTIONS):
        yield Implied("/logicalTypeOptions", given)


register(
    Kind(
        name="range",
        summary=("Values lie within bounds", "取值须在界限之内"),
        level="row",
        severity="major",
        dimension="conformity",
        parameters={key: Parameter(bound_value) for key in KEYS},
        sentence=lambda rule: (
            f"{rule.columns[0]} is {bounds_en(rule.written)}",
            f"{rule.columns[0]} 须{bounds_zh(rule.written)}",
        ),
        verify=verify,
        implied=ImpliedBy(6, implied, of_options=True),
    )
)
