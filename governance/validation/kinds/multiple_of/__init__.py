"""`multiple_of`: values are multiples of a step (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from governance.validation.kinds.base import NUMBER_TYPES, Implied, ImpliedBy, Kind, option, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, bad, number


def step(value: Any, place: Place) -> Decimal:
    """A number above zero."""
    exact = number(value, place)
    if exact <= 0:
        raise bad(place, "of", "must be greater than zero", "必须大于零")
    return exact


def implied(node: Mapping[str, Any], _sole_key: bool) -> Iterator[Implied]:
    """From `multipleOf` of a number."""
    if given := option(node, NUMBER_TYPES, {"multipleOf": "of"}):
        yield Implied("/logicalTypeOptions/multipleOf", given)


register(
    Kind(
        name="multiple_of",
        summary=("Values are multiples of a step", "取值须为步长的整数倍"),
        level="row",
        severity="minor",
        dimension="conformity",
        parameters={"of": Parameter(step, REQUIRED)},
        sentence=lambda rule: (
            f"{rule.columns[0]} is a multiple of {rule.written['of']}",
            f"{rule.columns[0]} 须为 {rule.written['of']} 的整数倍",
        ),
        implied=ImpliedBy(7, implied, of_options=True),
    )
)
