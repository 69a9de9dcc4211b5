"""`no_outer_space`: no White_Space at either end (standard-rules §2.5, §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register

register(
    Kind(
        name="no_outer_space",
        summary=("Text has no space at either end", "文本首尾不得有空白"),
        level="row",
        severity="minor",
        dimension="conformity",
        sentence=lambda rule: (
            f"{rule.columns[0]} has no white space at its ends",
            f"{rule.columns[0]} 首尾不得有空白字符",
        ),
    )
)
