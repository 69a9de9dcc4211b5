"""`language`: the share of a text's letters that are Han or Latin (standard-rules §4)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import polars as pl

from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, one_of, share

SCRIPTS = {
    "zh": r"\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{20000}-\x{323AF}",
    "en": r"\x{41}-\x{24F}",
}
DEFAULTS = {"zh": Decimal("0.5"), "en": Decimal("0.9")}


def ok(bound: Bound) -> pl.Expr:
    """Exact comparison of counts; text without a letter is not checked."""
    bound.need_text()
    least = Fraction(DEFAULTS[bound["lang"]] if bound["min_share"] is None else bound["min_share"])
    letters = bound.value.str.count_matches(r"\p{L}").cast(pl.Int128)
    script = bound.value.str.count_matches(rf"[\p{{L}}&&[{SCRIPTS[bound['lang']]}]]").cast(pl.Int128)
    return pl.when(letters > 0).then(script * least.denominator >= letters * least.numerator)


register(
    Kind(
        name="language",
        level="row",
        severity="minor",
        dimension="conformity",
        parameters={"lang": Parameter(one_of(*SCRIPTS), REQUIRED), "min_share": Parameter(share)},
        sentence=lambda rule: (
            f"{rule.columns[0]} is written in {rule.parameters['lang']}",
            f"{rule.columns[0]} 须以 {rule.parameters['lang']} 书写",
        ),
        ok=ok,
    )
)
