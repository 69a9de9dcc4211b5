"""`min_per_value`: every value has enough rows (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Iterable

from governance.validation.kinds.base import Bound, Finding, Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, column_name, values, whole
from governance.validation.kinds.wording import listed
from governance.validation.model import Rule


def of_counts(bound: Bound, counts: Iterable[int]) -> Finding:
    """The smallest of the counts of the values judged."""
    least = min(counts, default=None)
    if least is None:
        return Finding(False, reason="no_value")
    return Finding(least >= bound["min_rows"], observed=least)


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column, rows = rule.columns[0], rule.parameters["min_rows"]
    if rule.parameters["values"] is not None:
        shown = listed(rule.written["values"])
        return (
            f"Each of {shown} in {column} has at least {rows} rows",
            f"{column} 的 {shown} 各须至少有 {rows} 行",
        )
    return f"Each value of {column} has at least {rows} rows", f"{column} 的每个取值至少须有 {rows} 行"


register(
    Kind(
        name="min_per_value",
        summary=("Every value has enough rows", "每个取值须有足够的行数"),
        level="table",
        severity="major",
        dimension="coverage",
        parameters={
            "column": Parameter(column_name),
            "min_rows": Parameter(whole(0), REQUIRED),
            "values": Parameter(values),
        },
        sentence=sentence,
    )
)
