"""`pii`: personal data where there must be none, or where it must be (standard-rules §4, §4.1)."""

from __future__ import annotations

import polars as pl

from governance.validation.casts import canonical_text_expr
from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.parameters import Parameter, list_of, one_of
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule
from governance.validation.pii import KINDS, pii_expr


def ok(bound: Bound) -> pl.Expr:
    """Over the columns of a row; null where none holds a value."""
    texts = [
        canonical_text_expr(bound.raw(name), bound.resources.physical[name]) for name in bound.rule.columns
    ]
    require = bound["mode"] == "require"
    held = [pii_expr(text, bound["detect"], today=bound.resources.today, whole=require) for text in texts]
    some = pl.any_horizontal([text.is_not_null() for text in texts])
    if require:
        return pl.when(some).then(pl.all_horizontal([found.fill_null(True) for found in held]))
    return pl.when(some).then(~pl.any_horizontal([found.fill_null(False) for found in held]))


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    kinds, columns = rule.parameters["detect"], rule.columns
    if rule.parameters["mode"] == "require":
        return (
            f"Every value of {names_en(columns)} is one of {names_en(kinds)}",
            f"{names_zh(columns)} 的取值须为 {names_zh(kinds)}",
        )
    return (
        f"{names_en(columns)} holds no {names_en(kinds)}",
        f"{names_zh(columns)} 不得含有 {names_zh(kinds)}",
    )


register(
    Kind(
        name="pii",
        level="row",
        severity="blocker",
        dimension="conformity",
        columns="many",
        parameters={
            "detect": Parameter(list_of(one_of(*KINDS)), tuple(KINDS)),
            "mode": Parameter(one_of("forbid", "require"), "forbid"),
        },
        sentence=sentence,
        ok=ok,
    )
)
