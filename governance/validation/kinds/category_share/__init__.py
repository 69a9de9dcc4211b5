"""`category_share`: how large a share of the rows each value has (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from governance.validation.kinds.base import Bound, Finding, Kind, register
from governance.validation.kinds.parameters import (
    REQUIRED,
    Parameter,
    Place,
    bad,
    column_name,
    possible,
    share,
    typed,
)
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
        possible(place, low, high, "bands")
        found.append((key if place.column.is_nested else typed(key, place.column), low, high))
    return tuple(found)


def banded(bound: Bound) -> tuple[Any, ...]:
    """The values that have a band, each once."""
    return tuple(dict.fromkeys(value for value, _, _ in bound["bands"]))


def judge(bound: Bound, values: Mapping[str, Any]) -> Finding:
    """Exact rationals; `details.outside` counts bands that do not hold and names none of the values.

    `values`: `rows` that hold a value, and of them `0`, `1`, … with the first, second, … of `banded`.
    """
    rows = int(values["rows"])
    if rows == 0:
        return Finding(False, reason="no_value")
    known = banded(bound)
    shares = {value: Fraction(int(values[str(place)] or 0), rows) for place, value in enumerate(known)}
    outside = sum(not low <= shares[value] <= high for value, low, high in bound["bands"])
    others = 1 - sum(shares.values(), Fraction(0))
    limit = bound["others_max"]
    beyond = limit is not None and others > Fraction(limit)
    return Finding(
        outside == 0 and not beyond, details={"bands_outside": outside, "others_share": float(others)}
    )


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
        judge=judge,
        pandera="gavel_share",
    )
)
