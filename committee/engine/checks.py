"""Bad input that one field alone does not show (committee-rules §13); the later of two clashing is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from committee.engine.facts import Inputs
from committee.engine.faults import InputFault

_HALF = Fraction(1, 2)


def check_fractions(raw: Mapping[str, Any]) -> None:
    """Raises InputFault `bad_fraction`: above 1, a threshold below 1/2, 1/2 not strict, 1/1 strict."""
    for path, rules in _rule_sets(raw):
        if "majority" in rules:
            _check_threshold(rules["majority"], f"{path}/majority/threshold")
        if rules.get("quorum", {}).get("basis") == "share":
            _check_share(rules["quorum"]["value"], f"{path}/quorum/value")
    for i, policy in enumerate(raw["policies"]):
        if "min_rows_share" in policy["match"]:
            _check_share(policy["match"]["min_rows_share"], f"/policies/{i}/match/min_rows_share")


def check_identities(raw: Mapping[str, Any]) -> None:
    """Raises InputFault `duplicate_id`, `duplicate_member`, `alternate_not_unique`, `no_chair`."""
    seats = list(_seats(raw))
    _check_unique((f"{path}/id", seat["id"]) for path, seat in seats)
    for name in ("policies", "delegations", "conflicts"):
        _check_unique((f"/{name}/{i}/id", item["id"]) for i, item in enumerate(raw[name]))
    for i, event in enumerate(raw["events"]):
        conditions = event.get("conditions", [])
        _check_unique((f"/events/{i}/conditions/{k}/id", c["id"]) for k, c in enumerate(conditions))
    _check_unique(((f"{path}/member", seat["member"]) for path, seat in seats), "duplicate_member")
    holders = {seat["member"] for _, seat in seats}
    alternates = [(f"{p}/alternate/member", s["alternate"]["member"]) for p, s in seats if s.get("alternate")]
    for path, person in alternates:
        if person in holders:
            raise InputFault("alternate_not_unique", path, f"{person} holds a seat")
    _check_unique(alternates, "alternate_not_unique")
    if all(seat["role"] != "chair" for seat in raw["seats"]):
        raise InputFault("no_chair", "/seats", "no seat has the role chair")


def check_references(inputs: Inputs) -> None:
    """Raises InputFault `unknown_seat`, `self_delegation`, `events_out_of_order`, `event_after_now`."""
    for i, delegation in enumerate(inputs.delegations):
        for name in ("principal", "delegate"):
            _check_seat(getattr(delegation, name), inputs, f"/delegations/{i}/{name}")
        if delegation.principal == delegation.delegate:
            raise InputFault("self_delegation", f"/delegations/{i}/delegate", "a seat delegates to itself")
    before = None
    for event in inputs.events:
        path = f"/events/{event.index}"
        if event.seat:
            _check_seat(event.seat, inputs, f"{path}/seat")
        if before is not None and event.at < before:
            raise InputFault("events_out_of_order", f"{path}/at", "earlier than the event before it")
        if event.at > inputs.now:
            raise InputFault("event_after_now", f"{path}/at", "later than now")
        before = event.at


def _rule_sets(raw: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "/charter", raw["charter"]
    for i, policy in enumerate(raw["policies"]):
        yield f"/policies/{i}/set", policy["set"]


def _seats(raw: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for i, seat in enumerate(raw["seats"]):
        yield f"/seats/{i}", seat
    for i, event in enumerate(raw["events"]):
        if event["type"] == "seat_added":
            yield f"/events/{i}/seat", event["seat"]


def _check_threshold(majority: Mapping[str, Any], path: str) -> None:
    value, strict = Fraction(majority["threshold"]), majority["strict"]
    if value < _HALF or value > 1 or (value == _HALF and not strict) or (value == 1 and strict):
        raise InputFault(
            "bad_fraction", path, "a threshold lies above 1/2, or is 1/2 strict, up to 1/1 not strict"
        )


def _check_share(text: str, path: str) -> None:
    if Fraction(text) > 1:
        raise InputFault("bad_fraction", path, "a share is at most 1/1")


def _check_unique(entries: Iterable[tuple[str, str]], code: str = "duplicate_id") -> None:
    seen: set[str] = set()
    for path, name in entries:
        if name in seen:
            raise InputFault(code, path, f"{name} is given twice")
        seen.add(name)


def _check_seat(seat: str, inputs: Inputs, path: str) -> None:
    if seat not in inputs.seats:
        raise InputFault("unknown_seat", path, f"no seat {seat}")
