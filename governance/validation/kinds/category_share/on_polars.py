"""`category_share` on Polars."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from governance.validation.kinds.base import Bound, Finding, PolarsBody
from governance.validation.kinds.counting import total, value_counts


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """Exact rationals; `details.outside` counts bands that do not hold and names none of the values."""
    counts = value_counts(bound, frame)
    rows = total(counts)
    if rows == 0:
        return Finding(False, reason="no_value")
    shares = {value: Fraction(count, rows) for value, count in counts.items()}
    outside = sum(not low <= shares.get(value, Fraction(0)) <= high for value, low, high in bound["bands"])
    banded = {value for value, _, _ in bound["bands"]}
    others = sum((part for value, part in shares.items() if value not in banded), Fraction(0))
    limit = bound["others_max"]
    beyond = limit is not None and others > Fraction(limit)
    return Finding(
        outside == 0 and not beyond, details={"bands_outside": outside, "others_share": float(others)}
    )


BODY = PolarsBody(measure=measure)
