"""`language` on Polars."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.language import SCRIPTS

DEFAULTS = {"zh": Decimal("0.5"), "en": Decimal("0.9")}


def ok(bound: Bound) -> pl.Expr:
    """Exact comparison of counts; text without a letter is not checked."""
    bound.need_text()
    least = Fraction(DEFAULTS[bound["lang"]] if bound["min_share"] is None else bound["min_share"])
    letters = bound.value.str.count_matches(r"\p{L}").cast(pl.Int128)
    script = bound.value.str.count_matches(rf"[\p{{L}}&&[{SCRIPTS[bound['lang']]}]]").cast(pl.Int128)
    return pl.when(letters > 0).then(script * least.denominator >= letters * least.numerator)


BODY = PolarsBody(ok=ok)
