"""`aggregate_band`: one statistic of a column lies within bounds (standard-rules §4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from governance.validation.casts import cast_value
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Finding, Kind, register
from governance.validation.kinds.parameters import (
    REQUIRED,
    Parameter,
    Place,
    bad,
    number,
    one_of,
    possible,
    share,
)
from governance.validation.kinds.wording import bounds_en, bounds_zh
from governance.validation.model import Column, NotBound, Rule

STATS = ("mean", "std", "min", "max", "sum", "median", "quantile", "distinct")


_HALF = 1 << 64


def band_bound(value: Any, place: Place) -> Any:
    """A number, or for min and max of dates and times a value of the column."""
    if place.column is None:
        raise NotBound
    if place.column.logical.name in ("date", "timestamp", "time") and not isinstance(
        value, dict | list | None
    ):
        return cast_value(value, place.column.logical) if isinstance(value, str) else number(value, place)
    return number(value, place)


def judge(bound: Bound, values: Mapping[str, Any]) -> Finding:
    """Compare with the bounds; too few values give `no_value`, NaN fails."""
    stat, count = bound["stat"], int(values["count"])
    if stat != "distinct" and count < (2 if stat == "std" else 1):
        return Finding(False, reason="no_value")
    found: Any = values.get("value")
    if "low" in values:
        total = int(values["high"]) * _HALF + int(values["low"])
        found = total if stat == "sum" else Fraction(total, count)
    if isinstance(found, date | datetime | time):
        return _of_instant(bound, found)
    if found is None or (isinstance(found, float) and math.isnan(found)):
        return Finding(False, observed=None)
    observed = float(found) if isinstance(found, Fraction) else found
    return Finding(_within(bound, found), observed=observed if math.isfinite(observed) else str(observed))


def _within(bound: Bound, found: Any) -> bool:
    low, high = bound["min"], bound["max"]
    exact = found if isinstance(found, float) and math.isinf(found) else Fraction(found)
    return (low is None or exact >= _exact(low)) and (high is None or exact <= _exact(high))


def _exact(value: Any) -> Any:
    return Fraction(value) if isinstance(value, Decimal) else value


def _of_instant(bound: Bound, found: Any) -> Finding:
    low, high = bound["min"], bound["max"]
    if any(isinstance(edge, Decimal) for edge in (low, high)):
        raise Unjudgeable("type_mismatch")
    ok = (low is None or found >= low) and (high is None or found <= high)
    return Finding(ok, observed=found.isoformat().replace("+00:00", "Z"))


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """A bound, and `q` with quantile only."""
    given = rule.parameters
    place = Place(rule.kind, columns)
    if given["min"] is None and given["max"] is None:
        raise bad(place, "min", "or max is needed", "或 max 必须给出")
    if (given["q"] is None) == (given["stat"] == "quantile"):
        raise bad(
            place, "q", "goes with stat quantile, and only with it", "仅与 stat quantile 同用，且必须给出"
        )
    possible(Place(rule.kind, columns), rule.parameters["min"], rule.parameters["max"])


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    stat, column = rule.parameters["stat"], rule.columns[0]
    if stat == "quantile":
        stat = f"quantile {rule.written['q']}"
    return (
        f"The {stat} of {column} is {bounds_en(rule.written)}",
        f"{column} 的 {stat} 须{bounds_zh(rule.written)}",
    )


VALUE_STATS = ("min", "max", "median", "quantile")


register(
    Kind(
        name="aggregate_band",
        summary=("One statistic of a column lies within bounds", "某列的一项统计值须在界限之内"),
        level="table",
        severity="major",
        dimension="accuracy",
        parameters={
            "stat": Parameter(one_of(*STATS), REQUIRED),
            "q": Parameter(share),
            "min": Parameter(band_bound),
            "max": Parameter(band_bound),
        },
        sentence=sentence,
        judge=judge,
        verify=verify,
        pandera="gavel_aggregate",
        shows_value=lambda rule: rule.parameters["stat"] in VALUE_STATS,
    )
)
