"""`allowed`: values are on a list, in the standard or in a code table (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import Parameter, Place, bad, normalise, text, values
from governance.validation.kinds.wording import listed
from governance.validation.model import Column, Rule


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """A list, or a code table and its column."""
    given = rule.parameters
    tabled = given["reference"] is not None and given["reference_column"] is not None
    partly = given["reference"] is not None or given["reference_column"] is not None
    if (given["values"] is not None) == tabled or (partly and not tabled):
        raise bad(
            Place(rule.kind, columns),
            "values",
            "or reference with reference_column is needed",
            "或 reference 与 reference_column 必须给出",
        )


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column = rule.columns[0]
    if rule.parameters["values"] is not None:
        shown = listed(rule.written["values"])
        return f"{column} is one of {shown}", f"{column} 须为 {shown} 之一"
    table = f"{rule.parameters['reference']}.{rule.parameters['reference_column']}"
    return f"{column} is in the code table {table}", f"{column} 须在代码表 {table} 中"


register(
    Kind(
        name="allowed",
        summary=("Values are on a list or in a code table", "取值须在列表或代码表之内"),
        level="row",
        severity="major",
        dimension="conformity",
        parameters={
            "values": Parameter(values),
            "reference": Parameter(text),
            "reference_column": Parameter(text),
            "normalise": Parameter(normalise, ()),
        },
        sentence=sentence,
        verify=verify,
    )
)
