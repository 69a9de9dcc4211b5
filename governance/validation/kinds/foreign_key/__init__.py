"""`foreign_key`: keys that are among those of a reference (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, bad, list_of, one_of, text
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Column, Rule


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
        summary=("Keys are found in a reference", "键须存在于参照数据中"),
        level="row",
        severity="major",
        dimension="consistency",
        columns="many",
        parameters=KEY_PARAMETERS,
        sentence=sentence,
        verify=verify,
        pandera="gavel_fk",
    )
)
