"""`foreign_key`: keys that are among those of a reference (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.keys import is_known, key_parts, other_keys
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, bad, list_of, one_of, text
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Column, Rule


def parents(bound: Bound) -> pl.Series:
    """Distinct complete keys of the reference."""
    names = bound.rule.columns
    like = tuple(bound.columns[name] for name in names)
    frame = bound.resources.reference(bound["reference"]).keys(bound["reference_columns"], like)
    return other_keys(frame, len(names), tuple(column.is_text for column in like))


def ok(bound: Bound) -> pl.Expr:
    """Whether the key is known; `full` also fails keys that are partly missing."""
    parts = key_parts(bound, bound.rule.columns)
    known = is_known(parts, parents(bound))
    if bound["match"] == "simple":
        return known
    some = pl.any_horizontal([part.is_not_null() for part in parts])
    return pl.when(some).then(known.fill_null(False))


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """As many reference columns as columns."""
    if len(rule.parameters["reference_columns"]) != len(rule.columns):
        raise bad(
            Place(rule.kind, columns),
            "reference_columns",
            "must match columns in number",
            "的数量须与 columns 相同",
        )


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    target = f"{rule.parameters['reference']}({', '.join(rule.parameters['reference_columns'])})"
    return f"{names_en(rule.columns)} is found in {target}", f"{names_zh(rule.columns)} 须存在于 {target}"


KEY_PARAMETERS = {
    "reference": Parameter(text, REQUIRED),
    "reference_columns": Parameter(list_of(text), REQUIRED),
    "match": Parameter(one_of("simple", "full"), "simple"),
}

register(
    Kind(
        name="foreign_key",
        level="row",
        severity="major",
        dimension="consistency",
        columns="many",
        parameters=KEY_PARAMETERS,
        sentence=sentence,
        ok=ok,
        verify=verify,
        pandera="gavel_fk",
    )
)
