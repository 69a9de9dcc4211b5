"""What a permit is worth at an instant, and its signature (committee-rules §10)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from governance.record.permit import (
    GRANT_FIELDS,
    ConditionFacts,
    GrantError,
    PermitFacts,
    condition_status,
    permit_status,
    sign_grant,
    verify_grant,
)

START = datetime(2026, 3, 3, tzinfo=UTC)
KEY = b"k" * 32


def day(number: float) -> datetime:
    return START + timedelta(days=number)


PLAIN = PermitFacts(kind="decision", valid_from=START, valid_until=day(90))
GLASS = PermitFacts(kind="break_glass", valid_from=START, valid_until=day(1))
FIRST = ConditionFacts("mask", "before_use", due_end=day(10))
LATER = ConditionFacts("audit", "by_due", due_end=day(10))


@pytest.mark.parametrize(
    ("facts", "at", "status"),
    [
        (PLAIN, day(0), "active"),
        (PLAIN, day(89.9), "active"),
        (PLAIN, day(90), "expired"),
        (PLAIN, day(-1), "suspended"),
        (replace(PLAIN, conditions=(FIRST,)), day(1), "suspended"),
        (replace(PLAIN, conditions=(replace(FIRST, met_at=day(2)),)), day(1), "suspended"),
        (replace(PLAIN, conditions=(replace(FIRST, met_at=day(2)),)), day(2), "active"),
        (replace(PLAIN, conditions=(replace(FIRST, due_end=None),)), day(80), "suspended"),
        (replace(PLAIN, conditions=(LATER,)), day(9.9), "active"),
        (replace(PLAIN, conditions=(LATER,)), day(10), "lapsed"),
        (replace(PLAIN, conditions=(replace(LATER, met_at=day(10)),)), day(11), "lapsed"),
        (replace(PLAIN, conditions=(replace(LATER, met_at=day(9)),)), day(11), "active"),
        (replace(PLAIN, conditions=(LATER,), revoked_at=day(11)), day(12), "lapsed"),
        (replace(PLAIN, conditions=(LATER,), void_at=day(9)), day(12), "void"),
        (replace(PLAIN, revoked_at=day(3)), day(2), "active"),
        (replace(PLAIN, revoked_at=day(3)), day(3), "revoked"),
        (replace(PLAIN, ended_at=day(3)), day(4), "active"),
        (GLASS, day(0.5), "active"),
        (GLASS, day(1), "expired"),
        (replace(GLASS, ended_at=day(0.5)), day(0.5), "ended"),
        (replace(GLASS, ended_at=day(2)), day(3), "expired"),
    ],
)
def test_status(facts: PermitFacts, at: datetime, status: str) -> None:
    assert permit_status(facts, at) == status


def test_at_one_instant_the_order_of_the_rules_holds() -> None:
    end = day(90)
    ties: dict[str, dict[str, Any]] = {
        "revoked": {"revoked_at": end},
        "void": {"void_at": end},
        "lapsed": {"conditions": (replace(LATER, due_end=end),)},
    }
    for names in product(*([name, None] for name in ties)):
        given = [name for name in names if name is not None]
        facts = replace(PLAIN, **{k: v for name in given for k, v in ties[name].items()})
        assert permit_status(facts, end) == (given or ["expired"])[0]
    assert permit_status(replace(GLASS, ended_at=day(1)), day(1)) == "ended"
    assert permit_status(replace(GLASS, ended_at=day(1), void_at=day(1)), day(1)) == "void"


def test_a_dead_permit_never_lives_again() -> None:
    facts = replace(PLAIN, conditions=(FIRST, LATER), revoked_at=day(50), void_at=day(30))
    statuses = [permit_status(facts, day(n)) for n in range(100)]
    assert statuses == ["suspended"] * 10 + ["lapsed"] * 90


def test_condition_status() -> None:
    assert condition_status(LATER, day(9)) == "open"
    assert condition_status(LATER, day(10)) == "overdue"
    assert condition_status(replace(LATER, met_at=day(9)), day(8)) == "open"
    assert condition_status(replace(LATER, met_at=day(9)), day(50)) == "met"
    assert condition_status(replace(LATER, met_at=day(10)), day(50)) == "overdue"


def grant() -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(GRANT_FIELDS, "x")
    return values | {
        "subject": {"kind": "dataset_version", "id": "u", "digest": "d"},
        "terms": {"runs": 2},
        "conditions": [],
    }


def test_a_grant_verifies_under_its_key_only() -> None:
    signature = sign_grant(grant(), KEY)
    assert len(signature) == 64
    assert verify_grant(dict(reversed(grant().items())), signature, KEY)
    assert not verify_grant(grant(), signature, b"other")
    assert not verify_grant(grant(), signature.upper(), KEY)
    for wrong in ("", "é", "\ud800", signature + "0"):
        assert not verify_grant(grant(), wrong, KEY)


@pytest.mark.parametrize("name", sorted(GRANT_FIELDS))
def test_every_field_is_signed_and_needed(name: str) -> None:
    signature = sign_grant(grant(), KEY)
    assert not verify_grant(grant() | {name: "other"}, signature, KEY)
    short = {key: value for key, value in grant().items() if key != name}
    assert not verify_grant(short, signature, KEY)
    with pytest.raises(GrantError):
        sign_grant(short, KEY)


def test_nothing_may_ride_along_unsigned() -> None:
    with pytest.raises(GrantError):
        sign_grant(grant() | {"admin": True}, KEY)
    with pytest.raises(GrantError):
        sign_grant(grant() | {"terms": {"hours": 1.5}}, KEY)
    with pytest.raises(GrantError):
        sign_grant(grant(), b"")
