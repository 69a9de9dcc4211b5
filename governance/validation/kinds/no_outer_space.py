"""`no_outer_space`: no White_Space at either end (standard-rules §2.5, §4)."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.text import SPACE_CLASS


def ok(bound: Bound) -> pl.Expr:
    """Blank text fails; empty text does not."""
    bound.need_text()
    return ~bound.value.str.contains(f"^{SPACE_CLASS}|{SPACE_CLASS}$")


register(
    Kind(
        name="no_outer_space",
        level="row",
        severity="minor",
        dimension="conformity",
        sentence=lambda rule: (
            f"{rule.columns[0]} has no white space at its ends",
            f"{rule.columns[0]} 首尾不得有空白字符",
        ),
        ok=ok,
    )
)
