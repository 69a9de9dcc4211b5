"""What a permit is worth at an instant, and its signature (committee-rules §10)."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from governance.record.canonical import CanonicalError, canonical_bytes

PermitKind = Literal["decision", "break_glass"]
PermitStatus = Literal["active", "suspended", "lapsed", "expired", "revoked", "void", "ended"]
ConditionStatus = Literal["open", "met", "overdue"]

GRANT_FIELDS = frozenset(
    {
        "uid",  # the permit's own name
        "kind",  # decision or break_glass
        "subject",  # {kind, id, digest}: the frozen thing
        "action",
        "purpose",
        "holder",  # who may use it
        "terms",  # budget, job kinds, columns, rule: integers and text only
        "conditions",  # list of {id, owner, due, when, evidence}
        "valid_from",  # UTC, ...Z
        "valid_until",
        "decision",  # uid of the decision it comes from
        "key_id",  # which key signed
    }
)


class GrantError(ValueError):
    """The grant does not hold exactly GRANT_FIELDS, or cannot be put into canonical bytes."""


@dataclass(frozen=True)
class ConditionFacts:
    """An adopted condition. `due_end`: end of its local due day (None: no end); instants are aware."""

    id: str
    when: Literal["before_use", "by_due"]
    due_end: datetime | None
    met_at: datetime | None = None


@dataclass(frozen=True)
class PermitFacts:
    """All that decides a status. Instants are aware; `ended_at`: closing of a break-glass case."""

    kind: PermitKind
    valid_from: datetime
    valid_until: datetime
    conditions: tuple[ConditionFacts, ...] = ()
    revoked_at: datetime | None = None
    void_at: datetime | None = None
    ended_at: datetime | None = None


def permit_status(facts: PermitFacts, at: datetime) -> PermitStatus:
    """Status at the aware instant `at`; only `active` opens a gate (committee-rules §10).

    The earliest of the ends that have happened by `at`, at one instant in the order revoked, void, lapsed
    (break-glass: ended), expired. Otherwise `suspended` while a `before_use` condition is unmet or its start
    is still to come, otherwise `active`. A permit that has ended never lives again.
    """
    ends: list[tuple[datetime, int, PermitStatus]] = []

    def note(when: datetime | None, rank: int, status: PermitStatus) -> None:
        if when is not None and when <= at:
            ends.append((when, rank, status))

    note(facts.revoked_at, 0, "revoked")
    note(facts.void_at, 1, "void")
    if facts.kind == "break_glass":
        note(facts.ended_at, 2, "ended")
    else:
        for condition in facts.conditions:
            if not _met_in_time(condition):
                note(condition.due_end, 2, "lapsed")
    note(facts.valid_until, 3, "expired")
    if ends:
        return min(ends)[2]
    waiting = any(c.when == "before_use" and not _met_by(c, at) for c in facts.conditions)
    return "suspended" if waiting or at < facts.valid_from else "active"


def condition_status(condition: ConditionFacts, at: datetime) -> ConditionStatus:
    """`met` in time, `overdue` from the end of the due day, else `open`."""
    if _met_by(condition, at):
        return "met"
    return "overdue" if condition.due_end is not None and condition.due_end <= at else "open"


def sign_grant(grant: Mapping[str, Any], key: bytes) -> str:
    """HMAC-SHA256, hexadecimal, over the canonical bytes of `grant`, which holds exactly GRANT_FIELDS.

    Every field is signed and none may be added unsigned. Raises GrantError for other fields, for floats,
    and for an empty key.
    """
    if set(grant) != GRANT_FIELDS:
        odd = sorted(GRANT_FIELDS.symmetric_difference(grant), key=str)
        raise GrantError(f"fields missing or unknown: {odd}")
    if not key:
        raise GrantError("the key is empty")
    try:
        return hmac.new(key, canonical_bytes(grant), hashlib.sha256).hexdigest()
    except CanonicalError as fault:
        raise GrantError(str(fault)) from fault


def verify_grant(grant: Mapping[str, Any], signature: str, key: bytes) -> bool:
    """Whether `signature` is that of `grant` under `key`, in constant time. A malformed grant is False."""
    try:
        wanted = sign_grant(grant, key)
    except GrantError:
        return False
    return hmac.compare_digest(wanted.encode("ascii"), signature.encode("utf-8", "surrogatepass"))


def _met_in_time(condition: ConditionFacts) -> bool:
    # At one instant dated facts precede events (committee-rules §2): met at the very end of the day is late.
    if condition.met_at is None:
        return False
    return condition.due_end is None or condition.met_at < condition.due_end


def _met_by(condition: ConditionFacts, at: datetime) -> bool:
    return _met_in_time(condition) and condition.met_at is not None and condition.met_at <= at
