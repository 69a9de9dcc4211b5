"""Dated facts that come up while cases run: added to each case's frame, never so that its past changes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from committee import tallying
from committee.engine import InputFault, Result, tally
from committee.models import Case, CaseAmendment, Committee
from committee.services import closing
from governance import ledger
from governance.database.locks import locked
from governance.models import User
from governance.record.canonical import canonical_bytes, sha256_hex

Data = dict[str, Any]


def cases_locked(committee: Committee) -> list[Case]:
    """Every undecided case of the body, then the body, locked: no event is written meanwhile."""
    rows = Case.objects.undecided().filter(committee=committee).order_by("pk")
    cases = list(locked(rows))
    locked(Committee.objects.filter(pk=committee.pk)).get()
    return cases


def fact_amend(*, actor: User, cases: list[Case], kind: str, data: Data) -> int:
    """Add a fact to the cases; where it would change what happened already, from tomorrow on. How many."""
    return sum(_amend(actor, case, kind, data) for case in cases)


def fact_end(*, actor: User, cases: list[Case], kind: str, data: Data, last: dt.date) -> int:
    """Let a fact end on `last` in the cases that know it; where it has not begun by then, it never does."""
    return sum(_end(actor, case, kind, data, last) for case in cases)


def _amend(actor: User, case: Case, kind: str, data: Data) -> bool:
    """True if the case took it. A case whose seats do not know it is left as it is."""
    if not _known(case, kind, data):
        return False
    if not _unchanged(case, kind, data):
        later = data | {"from": (_today(case) + dt.timedelta(days=1)).isoformat()}
        if (later["to"] is not None and later["to"] < later["from"]) or not _unchanged(case, kind, later):
            return False
        data = later
    _write(actor, case, kind, data)
    return True


def _end(actor: User, case: Case, kind: str, data: Data, last: dt.date) -> bool:
    held = _held(case, kind, data)
    if held is None:
        return False
    ended = held | {"to": last.isoformat()}
    if held["from"] > ended["to"]:
        ended = held | {"cancelled": True}
    if not _unchanged(case, kind, ended):
        return False
    _write(actor, case, kind, ended)
    return True


def _held(case: Case, kind: str, data: Data) -> Data | None:
    """The fact as the case knows it: as last amended, else as framed; None where it does not."""
    for row in case.amendments.filter(kind=kind).order_by("-seq"):
        found: Data = json.loads(row.data)
        if found["id"] == data["id"]:
            return None if found.get("cancelled") else found
    frame = json.loads(case.frame)
    if kind == "delegation":
        return next((d for d in frame["delegations"] if d["id"] == data["id"]), None)
    absences = [a for s in frame["seats"] if s["id"] == data["seat"] for a in s.get("absences", [])]
    framed = next((a for a in absences if a["from"] == data["from"]), None)
    return data | framed if framed else None


def _known(case: Case, kind: str, data: Data) -> bool:
    """Whether the case knows the seats; a delegation may name one added since, an absence may not."""
    seats = {seat["id"] for seat in json.loads(case.frame)["seats"]}
    if kind == "absence":
        return data["seat"] in seats
    for text in case.events.filter(type="seat_added").values_list("data", flat=True):
        seats.add(json.loads(text)["seat"]["id"])
    return {data["principal"], data["delegate"]} <= seats


def _unchanged(case: Case, kind: str, data: Data) -> bool:
    """Whether the stored events, replayed with the fact, give the very same entries, state and outcome."""
    return _replay(case, lambda document: tallying.amend(document, kind, data)) == _replay(case)


def _replay(case: Case, change: Callable[[Data], None] | None = None) -> tuple[Any, ...]:
    events = tallying.events_of(case)
    now = max([timezone.now(), *(dt.datetime.fromisoformat(event["at"]) for event in events[-1:])])
    document = tallying.engine_input(case, events, now=now)
    if change:
        change(document)
    try:
        result: Result = tally(document)
    except InputFault as fault:
        return (fault.code,)
    return ([entry["hash"] for entry in result.ledger], result.output["state"], result.output["outcome"])


def _today(case: Case) -> dt.date:
    return timezone.localdate(timezone=ZoneInfo(json.loads(case.frame)["calendar"]["timezone"]))


def _write(actor: User, case: Case, kind: str, data: Data) -> None:
    text = canonical_bytes(data).decode()
    number = case.amendments.count()
    CaseAmendment.objects.create(case=case, seq=number, kind=kind, data=text, at=timezone.now())
    ledger.append(
        type="case.amended",
        actor=actor,
        subject=closing.subject_of(case),
        data={"amendment": number, "digest": f"sha256:{sha256_hex(f'{kind} {text}'.encode())}"},
    )
