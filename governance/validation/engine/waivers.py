"""Waivers: dated, bounded exceptions that leave the verdict of a rule as it is (standard-rules §5.2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from governance.validation.engine.judging import Outcome
from governance.validation.errors import EngineError, invalid
from governance.validation.model import StandardWarning

_KEYS = {"rule", "decision", "expires", "max_failing_rows", "standard_digest", "data_digest"}


@dataclass(frozen=True)
class Waiver:
    """One decided exception; `expires` is the first instant at which it no longer holds."""

    rule: str
    decision: str
    expires: str
    max_failing_rows: int | None = None
    standard_digest: str | None = None
    data_digest: str | None = None


def read_waivers(data: bytes) -> tuple[Waiver, ...]:
    """Waivers of a JSON file; raises `usage`."""
    try:
        items = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _bad() from error
    if not isinstance(items, list):
        raise _bad()
    return tuple(_read(item) for item in items)


def apply_waivers(
    outcomes: list[Outcome],
    waivers: Iterable[Waiver],
    *,
    now: datetime,
    timezone: str,
    standard_digest: str,
    data_digest: str,
) -> tuple[list[Outcome], list[StandardWarning]]:
    """Mark waived rules; waivers that do not hold are ignored and listed."""
    by_id = {item.rule.id: place for place, item in enumerate(outcomes)}
    result, ignored = list(outcomes), []
    for waiver in waivers:
        place = by_id.get(waiver.rule)
        problem = _problem(waiver, None if place is None else outcomes[place], now, timezone)
        digests = ((waiver.standard_digest, standard_digest), (waiver.data_digest, data_digest))
        if problem is None and any(given is not None and given != own for given, own in digests):
            problem = "mismatched"
        if problem is not None:
            ignored.append(_ignored(waiver, problem))
        elif place is not None and result[place].verdict == "failed" and result[place].waived is None:
            result[place] = replace(result[place], waived=waiver.decision)
    return result, ignored


def _problem(waiver: Waiver, outcome: Outcome | None, now: datetime, timezone: str) -> str | None:
    if outcome is None:
        return "unknown"
    if now >= expiry(waiver.expires, timezone):
        return "expired"
    if outcome.verdict == "errored":
        return "errored"
    if waiver.max_failing_rows is None or outcome.verdict == "passed":
        return None
    within = outcome.failing_rows is not None and outcome.failing_rows <= waiver.max_failing_rows
    return None if within else "mismatched"


def expiry(text: str, timezone: str) -> datetime:
    """The instant a waiver ends: a bare date means the end of that day in the object's zone."""
    zone = ZoneInfo(timezone)
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            if day == date.max:
                return datetime.max.replace(tzinfo=UTC)
            return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise _bad() from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _read(item: Any) -> Waiver:
    if not isinstance(item, dict) or set(item) - _KEYS:
        raise _bad()
    texts = [item.get(name) for name in ("rule", "decision", "expires")]
    digests = [item.get(name) for name in ("standard_digest", "data_digest")]
    most = item.get("max_failing_rows")
    if not all(isinstance(value, str) for value in texts) or not all(
        value is None or isinstance(value, str) for value in digests
    ):
        raise _bad()
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 0):
        raise _bad()
    expiry(str(item["expires"]), "Etc/UTC")
    return Waiver(**item)


def _bad() -> EngineError:
    return invalid(
        "Waivers are a JSON list of {rule, decision, expires, …}.",
        "豁免文件应为 {rule, decision, expires, …} 的 JSON 列表。",
        code="usage",
    )


def _ignored(waiver: Waiver, problem: str) -> StandardWarning:
    why = {
        "unknown": ("names no rule", "所指规则不存在"),
        "expired": ("has expired", "已过期"),
        "errored": ("cannot waive a rule that could not be judged", "不能豁免无法判定的规则"),
        "mismatched": ("does not cover this result", "不适用于本次结果"),
    }[problem]
    return StandardWarning(
        f"waiver_{problem}",
        f"Waiver {waiver.decision} {why[0]} and is ignored.",
        f"豁免 {waiver.decision} {why[1]}，已忽略。",
        waiver.rule,
    )
