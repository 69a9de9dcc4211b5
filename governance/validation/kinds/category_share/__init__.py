"""`category_share`: how large a share of the rows each value has (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, bad, column_name, share, typed
from governance.validation.kinds.wording import listed
from governance.validation.model import NotBound, Rule

Band = tuple[Any, Fraction, Fraction]


def bands(value: Any, place: Place) -> tuple[Band, ...]:
    """`{value: [lo, hi]}`, values cast like cells."""
    if place.column is None:
        raise NotBound
    if not isinstance(value, Mapping) or not value:
        raise bad(place, "bands", "must be a mapping of values to [lo, hi]", "应为取值到 [lo, hi] 的映射")
    found = []
    for key, band in value.items():
        if not isinstance(band, list) or len(band) != 2:
            raise bad(place, "bands", "must be a mapping of values to [lo, hi]", "应为取值到 [lo, hi] 的映射")
        low, high = (Fraction(share(edge, place)) for edge in band)
        found.append((key if place.column.is_nested else typed(key, place.column), low, high))
    return tuple(found)


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column, shown = rule.columns[0], listed(rule.written["bands"])
    return (
        f"The shares of {shown} in {column} stay in their bands",
        f"{column} 中 {shown} 的占比须在规定区间内",
    )


register(
    Kind(
        name="category_share",
        summary=("Each value has its share of the rows", "各取值所占行数比例须在规定范围内"),
        level="table",
        severity="minor",
        dimension="coverage",
        parameters={
            "column": Parameter(column_name),
            "bands": Parameter(bands, REQUIRED),
            "others_max": Parameter(share),
        },
        sentence=sentence,
        pandera="gavel_share",
    )
)
