"""`no_outer_space` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.text import SPACE_CLASS


def ok(bound: Bound) -> pl.Expr:
    """Blank text fails; empty text does not."""
    bound.need_text()
    return ~bound.value.str.contains(f"^{SPACE_CLASS}|{SPACE_CLASS}$")


BODY = PolarsBody(ok=ok)
