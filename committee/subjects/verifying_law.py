"""Verifiers of law: texts, what is in force, access rules and seats against what was founded and adopted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from committee.choices import LawKind, LawStatus
from committee.models import Committee, LawText, Seat
from committee.seating import seat_document
from committee.services.law import heading
from governance import registry
from governance.models import AccessRule, LedgerEntry
from governance.record.canonical import digest_of, sha256_hex

# What each accepted entry leaves a text as.
STEPS = {
    "law.drafted": LawStatus.DRAFT,
    "law.edited": LawStatus.DRAFT,
    "law.proposed": LawStatus.PROPOSED,
    "law.dropped": LawStatus.DROPPED,
    "law.adopted": LawStatus.IN_FORCE,
    "law.restored": LawStatus.IN_FORCE,
    "law.superseded": LawStatus.SUPERSEDED,
}


@dataclass
class Sealed:
    """What the ledger says of one text: its last digest and heading, its status, the permit it came by."""

    digest: str
    status: str
    heading: str = ""
    permit: str = ""


def verify_law() -> Iterator[tuple[str, str]]:
    """Every text of law against the ledger, and what is in force against what was founded and adopted.

    The founding's entry names the first texts; `law.*` entries carry digest and heading of theirs.
    """
    sealed = _told()
    for text in LawText.objects.select_related("committee").iterator():
        known = sealed.pop(text.uid, None)
        for code in _faults(text, known):
            yield f"{text.kind} {text.code} {text.number}", code
    for uid in sealed:
        yield f"law {uid}", "row_missing"
    for body in Committee.objects.all():
        if sum(t.kind == LawKind.CHARTER for t in LawText.objects.in_force().filter(committee=body)) != 1:
            yield f"committee {body.code}", "charter_missing"


def _faults(text: LawText, known: Sealed | None) -> Iterator[str]:
    if known is None:
        yield "not_sealed"
        return
    if text.digest != _text_digest(text.document) or known.digest != text.digest:
        yield "text_differs"
    if known.status != text.status or known.permit != text.adopted_by:
        yield "status_differs"
    if known.heading and known.heading != heading(text):
        yield "heading_differs"


def _told() -> dict[str, Sealed]:
    """What the ledger says of each text, by uid."""
    found = _founded()
    rows = LedgerEntry.objects.filter(type__in=STEPS, accepted=True).order_by("seq")
    for type, uid, text in rows.values_list("type", "subject_id", "data"):
        data = json.loads(text)
        before = found.get(uid)
        permit = data["permit"] if type == "law.adopted" else before.permit if before else ""
        found[uid] = Sealed(data["digest"], STEPS[type], data["heading"], permit)
    return found


def _founded() -> dict[str, Sealed]:
    """The first texts of each committee: in force by its founding, each named by kind and code."""
    entries = LedgerEntry.objects.filter(type="committee.founded", accepted=True)
    told = {entry.subject_id: json.loads(entry.data) for entry in entries}
    found = {}
    for text in LawText.objects.filter(number=1).select_related("committee"):
        digest = _founding_digest(told.get(text.committee.uid, {}), text)
        if digest:
            found[text.uid] = Sealed(digest, LawStatus.IN_FORCE)
    return found


def _founding_digest(told: dict[str, Any], text: LawText) -> str:
    """The digest a founding sealed for a text; "" where it named none.

    Foundings before law was texts sealed charter and policies by digest, a seat by its holder, an access rule
    by its level.
    """
    if "law" in told or not told:
        return str(told.get("law", {}).get(f"{text.kind}/{text.code}", ""))
    if text.kind == LawKind.CHARTER:
        return str(told["charter"])
    if text.kind == LawKind.ACCESS_RULE:
        return digest_of({"action": text.code, "min_level": told["access"].get(text.code)})
    named = f"{text.code} user:{text.data.get('member')}"
    known = text.digest in told["policies"] or named in told["seats"]
    return text.digest if known else ""


def verify_access() -> Iterator[tuple[str, str]]:
    """Access rules against the texts of law in force: each rule is decided, and each decision holds."""
    texts = LawText.objects.in_force().of_kind(LawKind.ACCESS_RULE)
    decided = {text.code: text.data.get("min_level") for text in texts}
    rules = dict(AccessRule.objects.values_list("action", "min_level"))
    for action in sorted({*decided, *rules}):
        if decided.get(action) != rules.get(action):
            yield f"access rule {action}", "rule_differs"


def verify_seats() -> Iterator[tuple[str, str]]:
    """Seats against the texts of law they came from: who sits where was decided, or founded."""
    texts: dict[tuple[int, str], set[str]] = {}
    for text in LawText.objects.of_kind(LawKind.SEAT).exclude(status=LawStatus.DRAFT):
        texts.setdefault((text.committee_id, text.digest), set()).add(text.status)
    ended = _ended()
    for seat in Seat.objects.select_related("committee", "member", "team", "alternate"):
        if not _seat_holds(seat, texts, ended):
            yield f"seat {seat.code}", "seat_differs"


def _seat_holds(seat: Seat, texts: dict[tuple[int, str], set[str]], ended: set[tuple[str, str]]) -> bool:
    """Its text was decided; while it goes on the text is in force, and its end stands in the ledger."""
    named = seat.code.removeprefix(seat.place).removeprefix(".")
    states = texts.get((seat.committee_id, digest_of(seat_document(seat))), set())
    if not states & {LawStatus.IN_FORCE, LawStatus.SUPERSEDED} or (named and not named.isdecimal()):
        return False
    if seat.ended_at is None:
        return LawStatus.IN_FORCE in states
    return (seat.committee.uid, seat.code) in ended or seat.ended_why == "term_over"


def _ended() -> set[tuple[str, str]]:
    """(committee, seat) of every ending: of a leaver, by resignation, or by a seat put into force."""
    found = set()
    rows = LedgerEntry.objects.filter(type="seat.ended", accepted=True)
    for uid, text in rows.values_list("subject_id", "data"):
        found.add((uid, json.loads(text)["seat"]))
    homes = dict(LawText.objects.of_kind(LawKind.SEAT).values_list("uid", "committee__uid"))
    steps = LedgerEntry.objects.filter(type__in=STEPS, subject_kind=LawKind.SEAT, accepted=True)
    for uid, text in steps.values_list("subject_id", "data"):
        data: dict[str, Any] = json.loads(text)
        if data.get("ended") and uid in homes:
            found.add((homes[uid], data["ended"]))
    return found


def _text_digest(text: str) -> str:
    return f"sha256:{sha256_hex(text.encode())}"


registry.register_verifier(verify_law)
registry.register_verifier(verify_access)
registry.register_verifier(verify_seats)
