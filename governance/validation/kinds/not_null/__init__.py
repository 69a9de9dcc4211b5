"""`not_null`: no missing cell (standard-rules §2.3, §4). An uncastable cell is there, hence not missing."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register

register(
    Kind(
        name="not_null",
        level="row",
        severity="major",
        dimension="completeness",
        sentence=lambda rule: (f"{rule.columns[0]} is never missing", f"{rule.columns[0]} 不得缺失"),
    )
)
