"""How `drift_psi` is judged, whatever engine counted (standard-rules §4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Finding

FLOOR = 0.0001


def shares(bound: Bound) -> tuple[float, ...]:
    """Of the quantiles that part the bins of a number."""
    bins: int = bound["bins"]
    return tuple(place / bins for place in range(1, bins))


def of_counts(bound: Bound, before: Mapping[object, int], after: Mapping[object, int]) -> Finding:
    """Σ (p − q)·ln(p/q) over the bins; missing cells (None) are one more bin where either side has some.

    Raises Unjudgeable `previous_empty`.
    """
    rows_before, rows_after = sum(before.values()), sum(after.values())
    if rows_before == 0:
        raise Unjudgeable("previous_empty")
    if rows_after == 0:
        return Finding(False, reason="no_value")
    parts = []
    for key in before.keys() | after.keys():
        p = max(after.get(key, 0) / rows_after, FLOOR)
        q = max(before.get(key, 0) / rows_before, FLOOR)
        parts.append((p - q) * math.log(p / q))
    psi = math.fsum(parts)  # exact, so the order of the bins does not matter
    return Finding(Decimal(psi) <= bound["max"], observed=psi)
