"""Verifiers of `ledger verify`: cases and their events against what was sealed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from committee import sealing, tallying
from committee.choices import CaseState
from committee.engine import InputFault, Result
from committee.models import Case, CaseAmendment, CaseEvent
from governance import ledger, registry
from governance.models import LedgerEntry
from governance.permits import instant
from governance.record.canonical import sha256_hex


def verify_cases() -> Iterator[tuple[str, str]]:
    """Replay each case through the engine: every stored event must give the hash that was sealed."""
    for case in Case.objects.select_related("committee").iterator():
        try:
            result = tallying.run(case)
        except (InputFault, ValueError, KeyError, TypeError):  # a frame or event that is not what was written
            yield f"case {case.number}", "cannot_be_replayed"
            continue
        hashes = [e["hash"] for e in result.ledger]
        stored = list(case.events.order_by("seq").values_list("entry_hash", flat=True))
        if [h for h in hashes if h in set(stored)] != stored:
            yield f"case {case.number}", "events_differ"
        elif not _answer_holds(case, result):
            yield f"case {case.number}", "answer_differs"


def _answer_holds(case: Case, result: Result) -> bool:
    """Stored state and outcome are the engine's; a step that is due but not carried out yet is no fault."""
    out = result.output
    due = out["state"] == CaseState.CLOSED and case.state != CaseState.CLOSED
    return due or (case.state, case.outcome) == (out["state"], out["outcome"] or "")


def verify_case_events() -> Iterator[tuple[str, str]]:
    """Each event against its ledger entry, and each frame and dossier against the one sealed when raised."""
    sealed: dict[tuple[str, Any], str] = {}
    for entry in LedgerEntry.objects.filter(type__startswith="case.", accepted=True).iterator():
        data = json.loads(entry.data)
        if "entry_hash" in data:
            sealed[(entry.subject_id, data["event"])] = data["entry_hash"]
        elif entry.type == "case.raised":
            yield from _verify_raised(entry.subject_id, data)
        elif "amendment" in data:
            sealed[(entry.subject_id, f"amendment {data['amendment']}")] = data["digest"]
    yield from _verify_amendments(sealed)
    for event in CaseEvent.objects.select_related("case", "by").iterator():
        agrees = sealed.pop((event.case.uid, event.seq), None) == event.entry_hash
        if not agrees or not _columns_agree(event):
            yield f"case {event.case.number} event {event.seq}", "row_differs"
    for uid, seq in sealed:
        yield f"case {uid} event {seq}", "row_missing"


def _verify_amendments(sealed: dict[tuple[str, Any], str]) -> Iterator[tuple[str, str]]:
    for row in CaseAmendment.objects.select_related("case").iterator():
        digest = _text_digest(f"{row.kind} {row.data}")
        if sealed.pop((row.case.uid, f"amendment {row.seq}"), None) != digest:
            yield f"case {row.case.number} amendment {row.seq}", "row_differs"


def _verify_raised(uid: str, data: dict[str, str]) -> Iterator[tuple[str, str]]:
    case = Case.objects.filter(uid=uid).first()
    if case is None:
        yield f"case {uid}", "row_missing"
        return
    for code in sealing.differences(case, data):
        yield f"case {case.number}", code


def _columns_agree(event: CaseEvent) -> bool:
    """The columns that repeat what the event's own text says."""
    try:
        data = json.loads(event.data)
    except ValueError:
        return False
    by = event.by.uid if event.by else ledger.SYSTEM
    acted = data["by"][-1] if isinstance(data["by"], list) and data["by"] else data["by"]
    return bool((data["type"], acted, data["at"]) == (event.type, by, instant(event.at)))


def _text_digest(text: str) -> str:
    return f"sha256:{sha256_hex(text.encode())}"


registry.register_verifier(verify_cases)
registry.register_verifier(verify_case_events)
