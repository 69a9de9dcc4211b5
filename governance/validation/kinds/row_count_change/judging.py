"""How `row_count_change` is judged, whatever engine counted."""

from __future__ import annotations

from fractions import Fraction

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Finding


def of_counts(bound: Bound, new: int, old: int) -> Finding:
    """100·(new − old)/old against the bounds, exactly; raises Unjudgeable `previous_empty`."""
    if old == 0:
        raise Unjudgeable("previous_empty")
    change = Fraction(100 * (new - old), old)
    up, down = bound["max_increase_percent"], bound["max_decrease_percent"]
    ok = (up is None or change <= Fraction(up)) and (down is None or -change <= Fraction(down))
    return Finding(ok, observed=float(change))
