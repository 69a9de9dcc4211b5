"""Proposals about missing and repeated values: not_null, completeness, unique."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

from governance.validation.suggesting.model import Evidence, Proposal
from governance.validation.suggesting.seen import SeenColumn

MOST_MISSING = 0.5
KEY_TYPES = ("Int", "UInt", "String")


def not_null(seen: SeenColumn) -> Iterator[Proposal]:
    """No cell is missing."""
    if seen.facts["missing"] or not seen.speaks or seen.has("not_null", "missing_values"):
        return
    why = (
        f"None of {seen.rows:,} cells is missing.",
        f"{seen.rows:,} 个单元格均不缺失。",
    )
    yield Proposal("not_null", (seen.name,), {}, Evidence(seen.rows, 0), {"required": True}, why)


def completeness(seen: SeenColumn) -> Iterator[Proposal]:
    """Some cells are missing; the band leaves room for chance."""
    absent = seen.facts["missing"] + (seen.facts.get("empty", 0) if seen.is_stored_text else 0)
    evidence = Evidence(seen.rows, absent)
    if not absent or not seen.speaks or absent > MOST_MISSING * seen.rows or evidence.interval is None:
        return
    least = math.floor(1000 * (1 - evidence.interval[1])) / 10
    if seen.has("not_null", "missing_values") or any(
        rule.where is None and rule.parameters["min_percent"] >= Decimal(str(least))
        for rule in seen.of_kind(["completeness"])
    ):
        return
    why = (
        f"{absent:,} of {seen.rows:,} cells are missing; the bound is the lower end of the 95% interval.",
        f"{seen.rows:,} 个单元格中有 {absent:,} 个缺失；下限取 95% 区间的下端。",
    )
    yield Proposal("completeness", (seen.name,), {"min_percent": least}, evidence, None, why)


def unique(seen: SeenColumn) -> Iterator[Proposal]:
    """Every value occurs once. A measured number or an instant may be so by accident, so keys only."""
    facts = seen.facts
    all_distinct = facts.get("distinct_exact") and facts.get("distinct") == seen.count
    if not (seen.speaks and all_distinct and str(facts["type"]).startswith(KEY_TYPES)):
        return
    if any(rule.kind == "unique" and len(rule.columns) == 1 and rule.where is None for rule in seen.rules):
        return
    why = (f"All {seen.count:,} values are distinct.", f"{seen.count:,} 个取值互不相同。")
    yield Proposal("unique", (seen.name,), {}, Evidence(seen.count, 0), {"unique": True}, why)
