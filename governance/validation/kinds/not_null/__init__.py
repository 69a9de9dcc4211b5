"""`not_null`: no missing cell (standard-rules §2.3, §4). An uncastable cell is there, hence not missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.kinds.base import Implied, ImpliedBy, Kind, Metric, register


def implied(node: Mapping[str, Any], _sole_key: bool) -> Iterator[Implied]:
    """From `required`, and for each part of a primary key."""
    if node.get("required") is True:
        yield Implied("/required")
    if node.get("primaryKey") is True:
        yield Implied("/primaryKey", severity="blocker")


register(
    Kind(
        name="not_null",
        summary=("No cell is missing", "不得缺失"),
        level="row",
        severity="major",
        dimension="completeness",
        sentence=lambda rule: (f"{rule.columns[0]} is never missing", f"{rule.columns[0]} 不得缺失"),
        metric=Metric(("nullValues", "nullCheck"), needs_column=True),
        implied=ImpliedBy(1, implied),
    )
)
