"""Warnings about what a standard says that may not mean what its author thinks (standard-rules §1.1)."""

from __future__ import annotations

from collections.abc import Sequence

from governance.validation.model import Rule, StandardWarning


def rule_warnings(rules: Sequence[Rule]) -> tuple[StandardWarning, ...]:
    """`duplicates_counted_as_rows`: other tools see 1 where we see 2."""
    return tuple(
        StandardWarning(
            "duplicates_counted_as_rows",
            "Duplicates are counted as all rows involved; other tools count surplus rows only.",
            "重复按涉及的全部行计数；其他工具可能只计多余的行。",
            rule.id,
        )
        for rule in rules
        if rule.kind == "unique" and rule.library and rule.threshold is not None
    )
