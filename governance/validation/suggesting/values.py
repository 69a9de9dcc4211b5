"""Proposals about values: range, not_in_future, allowed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from governance.validation.model import Rule
from governance.validation.suggesting.model import Evidence, Proposal
from governance.validation.suggesting.seen import SeenColumn

FEW_VALUES = 20
PER_VALUE = 5
"""A closed list is believed where each value came up so often on average."""
LONGEST = 199
"""Longer values are cut in a profile."""
CLOSED = ("allowed", "invalid_values", "foreign_key", "referential_both")
"""Kinds that already say which values there may be."""
NARROWER = 0.5
"""A range narrower than half of the one the standard has is worth proposing."""


def value_range(seen: SeenColumn) -> Iterator[Proposal]:
    """From the extremes, or from far-out fences where few values lie beyond: bounds are rounded outwards."""
    fence = seen.facts.get("fence")
    typed = seen.column.logical.name in ("integer", "number", "date", "timestamp")
    if not fence or not typed or not seen.speaks or seen.has(*CLOSED):
        return
    low, high = _bounds(seen, fence)
    given = {"min": low} | ({} if high is None else {"max": high})
    if any(_says_as_much(rule, given) for rule in seen.of_kind(["range"])):
        return
    beyond = fence["below"] + fence["above"] + (seen.facts.get("infinite") or 0)
    evidence = Evidence(seen.count, beyond, facts={"far_out": bool(fence["robust"])})
    values = {"minimum": low} | ({} if high is None else {"maximum": high})
    yield Proposal("range", (seen.name,), given, evidence, values, _why_range(seen, fence, beyond))


def _bounds(seen: SeenColumn, fence: dict[str, Any]) -> tuple[Any, Any]:
    if seen.column.logical.name == "timestamp":
        return f"{fence['min']}T00:00:00Z", None
    return _short(fence["min"]), _short(fence.get("max"))


def _short(bound: Any) -> Any:
    """A whole double as the integer people would write."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _why_range(seen: SeenColumn, fence: dict[str, Any], beyond: int) -> tuple[str, str]:
    if fence["robust"]:
        return (
            f"{beyond:,} of {seen.count:,} values lie far out: below zero, or three quartile ranges away.",
            f"{seen.count:,} 个取值中有 {beyond:,} 个明显离群：为负，或距四分位数超过三倍四分位距。",
        )
    return (
        f"All {seen.count - beyond:,} finite values lie within; the bounds are rounded outwards.",
        f"{seen.count - beyond:,} 个有限取值均在其内；界限已向外取整。",
    )


def _says_as_much(rule: Rule, given: dict[str, Any]) -> bool:
    """The rule binds every side we would, and is not far wider than we would be."""
    low, high = rule.parameters["min"], rule.parameters["max"]
    low = rule.parameters["exclusive_min"] if low is None else low
    high = rule.parameters["exclusive_max"] if high is None else high
    if low is None or ("max" in given and high is None):
        return False
    if isinstance(low, date | datetime) or "max" not in given:
        return True
    return float(given["max"]) - float(given["min"]) > NARROWER * (float(high) - float(low))


def not_in_future(seen: SeenColumn) -> Iterator[Proposal]:
    """No date or instant lies after the check."""
    latest = seen.facts.get("max")
    kind = seen.column.logical.name
    if kind not in ("date", "timestamp") or latest is None or not seen.speaks or seen.has("not_in_future"):
        return
    if kind == "date":
        late = date.fromisoformat(latest) > seen.now.astimezone(ZoneInfo(seen.column.logical.zone)).date()
    else:
        late = _instant(latest, seen) > seen.now
    if not late:
        why = (f"None of {seen.count:,} values lies in the future.", f"{seen.count:,} 个取值均不在未来。")
        yield Proposal("not_in_future", (seen.name,), {}, Evidence(seen.count, 0), None, why)


def _instant(text: str, seen: SeenColumn) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(seen.column.logical.zone))


def allowed(seen: SeenColumn) -> Iterator[Proposal]:
    """A few values cover all cells. A list the standard already has is left as somebody decided it."""
    top = seen.facts.get("top") or []
    integer = seen.column.logical.name == "integer"
    if not (seen.is_stored_text or integer) or not seen.facts.get("top_exact") or seen.has(*CLOSED):
        return
    if not 1 < seen.facts["distinct"] == len(top) <= FEW_VALUES or seen.count < PER_VALUE * len(top):
        return
    if any(len(item["value"]) > LONGEST for item in top) or not seen.speaks:
        return
    values = sorted(int(item["value"]) if integer else item["value"] for item in top)
    rarest = min(item["count"] for item in top)
    why = (
        f"{len(top)} values cover all {seen.count:,} cells; the rarest occurs {rarest:,} times.",
        f"{len(top)} 个取值覆盖全部 {seen.count:,} 个单元格；最少见者出现 {rarest:,} 次。",
    )
    evidence = Evidence(seen.count, 0, facts={"values": len(top), "rarest": rarest})
    yield Proposal("allowed", (seen.name,), {"values": values}, evidence, None, why)
