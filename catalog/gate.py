"""The gate of a version, computed from stored outcomes and the waivers live now (standard-rules §5.2, §6.1).

Pure: facts in, state out. The engine applies the same rules inside a report; this is asked again at every
use,
so that a waiver that ended, or one granted since, counts at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class WaiverFacts:
    """A dated, decided exception to one rule. Bounds that are None do not limit."""

    rule: str
    decision: str
    expires: dt.datetime
    max_failing_rows: int | None = None
    standard_digest: str | None = None
    data_digest: str | None = None

    def as_plain(self) -> dict[str, Any]:
        """The entry of the engine's waiver list (standard-rules §5.2)."""
        plain: dict[str, Any] = {
            "rule": self.rule,
            "decision": self.decision,
            "expires": self.expires.isoformat(),
        }
        bounds = ("max_failing_rows", "standard_digest", "data_digest")
        return plain | {name: getattr(self, name) for name in bounds if getattr(self, name) is not None}


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """What the gate needs of one rule's outcome."""

    rule_id: str
    severity: str
    level: str
    verdict: str
    failing_rows: int | None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """State, the unwaived failures that made it, and the instant at which a waiver it rests on ends."""

    state: str
    verdict: str
    failed: tuple[tuple[str, int | None], ...]
    waived: tuple[tuple[str, str], ...]
    until: dt.datetime | None


def gate_from(
    outcomes: Sequence[OutcomeFacts],
    waivers: Iterable[WaiverFacts],
    *,
    now: dt.datetime,
    standard_digest: str,
    data_digest: str,
) -> GateFacts:
    """closed if an unwaived blocker failed or errored, else conditional for a major, else open."""
    usable = [w for w in waivers if _applies(w, now, standard_digest, data_digest)]
    left: list[OutcomeFacts] = []
    waived: list[tuple[str, str]] = []
    ends: list[dt.datetime] = []
    for outcome in outcomes:
        if outcome.verdict == "passed":
            continue
        waiver = next((w for w in usable if _covers(w, outcome)), None)
        if waiver is None:
            left.append(outcome)
        else:
            waived.append((outcome.rule_id, waiver.decision))
            ends.append(waiver.expires)
    state, verdict = _state(left)
    heavy = tuple((o.rule_id, o.failing_rows) for o in left if o.severity in ("blocker", "major"))
    return GateFacts(state, verdict, heavy, tuple(waived), min(ends, default=None))


def _state(left: Sequence[OutcomeFacts]) -> tuple[str, str]:
    heavy = [o for o in left if o.severity in ("blocker", "major")]
    state = "open"
    if any(o.severity == "blocker" for o in heavy):
        state = "closed"
    elif heavy:
        state = "conditional"
    verdict = "passed"
    if any(o.verdict == "failed" for o in heavy):
        verdict = "failed"
    elif heavy:
        verdict = "errored"
    return state, verdict


def _applies(waiver: WaiverFacts, now: dt.datetime, standard_digest: str, data_digest: str) -> bool:
    return (
        now < waiver.expires
        and waiver.standard_digest in (None, standard_digest)
        and waiver.data_digest in (None, data_digest)
    )


def _covers(waiver: WaiverFacts, outcome: OutcomeFacts) -> bool:
    """Errored rules cannot be waived; a bound on rows never holds for a table rule."""
    if waiver.rule != outcome.rule_id or outcome.verdict != "failed":
        return False
    if waiver.max_failing_rows is None:
        return True
    if outcome.level != "row" or outcome.failing_rows is None:
        return False
    return outcome.failing_rows <= waiver.max_failing_rows
