"""`leakage`: keys that are also in another data set, such as the test split (standard-rules §4)."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.duplicate_text import STEPS
from governance.validation.kinds.keys import is_known, key_parts, other_keys
from governance.validation.kinds.parameters import REQUIRED, Parameter, normalise, text
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def ok(bound: Bound) -> pl.Expr:
    """False where the key is in the other data set; text is normalised on both sides."""
    names, steps = bound.rule.columns, bound["normalise"]
    like = tuple(bound.columns[name] for name in names)
    other = bound.resources.reference(bound["against"]).keys(names, like)
    keys = other_keys(other, len(names), tuple(column.is_text for column in like), steps)
    return ~is_known(key_parts(bound, names, steps), keys)


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    en, zh, other = names_en(rule.columns), names_zh(rule.columns), rule.parameters["against"]
    return f"No {en} is also in {other}", f"{zh} 不得同时出现在 {other} 中"


register(
    Kind(
        name="leakage",
        level="row",
        severity="blocker",
        dimension="consistency",
        columns="many",
        parameters={"against": Parameter(text, REQUIRED), "normalise": Parameter(normalise, STEPS)},
        sentence=sentence,
        ok=ok,
    )
)
