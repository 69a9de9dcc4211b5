"""`dtype`: every cell can be read as the column's type (standard-rules §2.4, §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.kinds.base import Implied, ImpliedBy, Kind, register
from governance.validation.kinds.parameters import Parameter, Place, bad, one_of, text
from governance.validation.model import Column, Rule

TYPES = ("string", "date", "timestamp", "time", "number", "integer", "boolean", "object", "array")


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """A type is needed: its own or the column's."""
    if rule.parameters["type"] is None and columns[rule.columns[0]].logical.name is None:
        raise bad(Place(rule.kind, columns), "type", "is missing", "缺失")


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    kind = rule.parameters["type"]
    column = rule.columns[0]
    shown = kind or "the declared type"
    return f"{column} can be read as {shown}", f"{column} 须可读作 {kind or '声明的类型'}"


def implied(node: Mapping[str, Any], _sole_key: bool) -> Iterator[Implied]:
    """From `logicalType`."""
    if node.get("logicalType") is not None:
        yield Implied("/logicalType", {"type": node["logicalType"]})


register(
    Kind(
        name="dtype",
        summary=("Every cell can be read as the column's type", "单元格须可读作该列的类型"),
        level="row",
        severity="blocker",
        dimension="conformity",
        parameters={"type": Parameter(one_of(*TYPES)), "format": Parameter(text)},
        sentence=sentence,
        verify=verify,
        pandera="gavel_castable",
        implied=ImpliedBy(0, implied),
        judges_nested=True,
    )
)
