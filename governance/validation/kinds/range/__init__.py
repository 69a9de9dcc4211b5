"""`range`: values lie within bounds (standard-rules §4). Bounds of an integer column are compared exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil, floor
from typing import Any

from governance.validation.casts import cast_value
from governance.validation.kinds.base import ORDERED_TYPES, Implied, ImpliedBy, Kind, option, register
from governance.validation.kinds.parameters import Parameter, Place, bad, possible
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
    """At least one bound, and some value between them."""
    place = Place(rule.kind, columns)
    if all(rule.parameters[key] is None for key in KEYS):
        raise bad(place, "min", "or another bound is needed", "或其他界限必须给出")
    column = columns[rule.columns[0]]
    if column.logical.name not in ORDERED_TYPES:
        return
    low, above, high, below = (
        rule.parameters[key] for key in ("min", "exclusive_min", "max", "exclusive_max")
    )
    if column.logical.name == "integer":
        # In whole numbers every bound is an inclusive one.
        low, above = _most(_whole_up(low), None if above is None else floor(above) + 1), None
        high, below = _least(_whole_down(high), None if below is None else ceil(below) - 1), None
    possible(place, low, high)
    possible(place, above, high)
    possible(place, low, below)
    possible(place, above, below)
    if (below is not None and below in (low, above)) or (above is not None and above == high):
        raise bad(place, "exclusive bound", "leaves no value that could pass", "使任何取值都无法通过")


def _whole_up(value: Any) -> Any:
    return None if value is None else ceil(value)


def _whole_down(value: Any) -> Any:
    return None if value is None else floor(value)


def _most(*values: Any) -> Any:
    return max((value for value in values if value is not None), default=None)


def _least(*values: Any) -> Any:
    return min((value for value in values if value is not None), default=None)


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
