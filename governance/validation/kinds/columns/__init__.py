"""`columns`: the declared columns are there, and under `strict` no others (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.validation.kinds.base import Bound, Finding, Kind, register
from governance.validation.kinds.parameters import Parameter, boolean
from governance.validation.model import Rule


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    if rule.parameters["strict"]:
        return "The table has every declared column and no other", "表中须有全部已声明的列，且没有其他列"
    return "The table has every declared column", "表中须有全部已声明的列"


def judge(bound: Bound, _values: Mapping[str, Any]) -> Finding:
    """Compare headers; `details.missing` and `details.extra` list names."""
    header = set(bound.resources.table_columns)
    declared = {column.physical_name for column in bound.columns.values()}
    missing = [
        name
        for name, column in bound.columns.items()
        if column.physical_name not in header and not column.optional
    ]
    extra = [name for name in bound.resources.table_columns if name not in declared]
    details = {"missing": missing, "extra": extra}
    if missing:
        return Finding(False, reason="columns_missing", details=details)
    if extra and bound["strict"]:
        return Finding(False, reason="columns_extra", details=details)
    return Finding(True, details=details)


register(
    Kind(
        name="columns",
        summary=("The declared columns are there", "须有全部已声明的列"),
        level="table",
        severity="blocker",
        dimension="completeness",
        columns="none",
        parameters={"strict": Parameter(boolean, False)},
        sentence=sentence,
        judge=judge,
    )
)
