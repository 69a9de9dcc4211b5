"""`text_format` on Polars."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.text_format import PATTERNS


def ok(bound: Bound) -> pl.Expr:
    """The whole text is of the format."""
    bound.need_text()
    form = bound["format"]
    found = bound.value.str.contains(f"^(?:{PATTERNS[form]})$")
    return found & (bound.value.str.len_chars() <= 253) if form == "hostname" else found


BODY = PolarsBody(ok=ok)
