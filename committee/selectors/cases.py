"""Lists of cases and the parts of one: which wait for a reader, seats, events as one reader may see them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from committee.choices import APPROVALS
from committee.engine import Result
from committee.models import Case, CaseEvent, Seat
from committee.selectors.words import function_words
from governance.choices import PermitEventKind
from governance.models import Permit, PermitEvent, User
from governance.permissions import is_active
from governance.subject_ref import SubjectRef

ENDINGS = (PermitEventKind.REVOKED, PermitEventKind.VOID, PermitEventKind.ENDED)
"""What ends a permit for good."""


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat as the case page shows it to one reader; `choice` empty while sealed or not cast.

    `you`: the reader holds it or sits in it now; `sits`: the reader may vote for it now.
    """

    code: str
    person: str
    role: str
    functions: tuple[str, ...]
    choice: str
    voted: bool
    recused: bool
    you: bool
    sits: bool
    holds: bool
    alternate: str
    bars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as one reader may see it: `data` empty and `digest` "" where it is sealed for them.

    `other`: the second of two who acted together, or the person somebody else's declaration is about.
    """

    seq: int
    type: str
    at: dt.datetime
    person: str
    data: dict[str, Any]
    sealed: bool
    digest: str
    other: str = ""


def case_by_uid(user: User, uid: str) -> Case | None:
    rows = Case.objects.visible_to(user).select_related(
        "committee__secretary", "requester", "requesting_team", "predecessor"
    )
    return rows.filter(uid=uid).first()


def case_list(user: User) -> QuerySet[Case]:
    """Cases of a list; the frozen frames, which are long, are not read."""
    return (
        Case.objects.visible_to(user)
        .select_related("requester", "requesting_team", "predecessor")
        .defer("frame", "predecessor__frame")
    )


def cases_about(user: Any, ref: SubjectRef) -> list[Case]:
    return list(case_list(user).filter(subject_kind=ref.kind, subject_id=ref.id)[:20])


def cases_watched() -> QuerySet[Case]:
    """Approved cases whose permit has not run out and nothing ended: changes of their subject matter."""
    ended = PermitEvent.objects.filter(permit=OuterRef("pk"), kind__in=ENDINGS)
    live = Permit.objects.filter(~Exists(ended), valid_until__gt=timezone.now()).values("case_id")
    return Case.objects.filter(outcome__in=APPROVALS, number__in=live)


def waiting_for(user: User) -> QuerySet[Case]:
    """Open cases in which the reader sits, is not barred and has not voted yet."""
    if not is_active(user):
        return Case.objects.none()
    held = set(Seat.objects.in_office().filter(member=user).values_list("committee_id", "code"))
    spare = set(Seat.objects.in_office().filter(alternate=user).values_list("committee_id", "code"))
    voted = CaseEvent.objects.filter(case=OuterRef("pk"), by=user, type="ballot")
    rows = Case.objects.votable_by(user).exclude(requester=user).filter(~Exists(voted))
    found = [
        pk
        for pk, committee, tally in rows.values_list("pk", "committee_id", "tally")
        if _sits(tally, committee, user.uid, held, spare)
    ]
    return Case.objects.filter(pk__in=found)


def _sits(
    tally: dict[str, Any], committee: int, uid: str, held: set[tuple[int, str]], spare: set[tuple[int, str]]
) -> bool:
    vacant = {row["seat"]: row["alternate"] for row in tally.get("ineligible", [])}
    if any(body == committee and code not in vacant for body, code in held):
        return True
    return any(body == committee and vacant.get(code) == uid for body, code in spare)


def waiting_count(user: Any) -> int:
    return waiting_for(user).count() if isinstance(user, User) else 0


def seat_rows(
    frame: dict[str, Any], result: Result, stored: dict[str, Any], user: User
) -> tuple[SeatRow, ...]:
    """Seats for one reader. `stored` is the tally kept with the case: that one voted is not secret (§9)."""
    people = _people(frame)
    cast = {b["seat"]: b["choice"] for b in result.output["ballots"] or []}
    voted = {b["seat"] for b in stored.get("ballots") or []}
    vacant = {row["seat"]: row for row in result.output["ineligible"]}
    return tuple(
        _seat_row(seat, people, cast, voted, vacant.get(seat["id"]), user) for seat in frame["seats"]
    )


def _people(frame: dict[str, Any]) -> dict[str, User]:
    uids = {seat["member"] for seat in frame["seats"]}
    uids |= {seat["alternate"]["member"] for seat in frame["seats"] if seat.get("alternate")}
    return {u.uid: u for u in User.objects.filter(uid__in=uids)}


def _seat_row(
    seat: dict[str, Any],
    people: dict[str, User],
    cast: dict[str, str],
    voted: set[str],
    vacancy: dict[str, Any] | None,
    user: User,
) -> SeatRow:
    codes = tuple(vacancy["codes"]) if vacancy else ()
    sitter = vacancy["alternate"] if vacancy else seat["member"]
    return SeatRow(
        code=seat["id"],
        person=str(people.get(seat["member"], seat["member"])),
        role=seat["role"],
        functions=tuple(function_words(name) for name in seat["functions"]),
        choice=cast.get(seat["id"], ""),
        voted=seat["id"] in voted,
        recused="recused" in codes,
        you=user.uid in {seat["member"], sitter},
        sits=user.uid == sitter,
        holds=user.uid == seat["member"],
        alternate=str(people.get(sitter, sitter)) if vacancy and sitter else "",
        bars=codes,
    )


def event_lines(case: Case, sealed: bool, hides: bool) -> list[EventLine]:
    """The case's events, newest first.

    `sealed`: what ballots chose is hidden from this reader. `hides`: an open sealed case shows no hashes to
    anybody, as few choices would be tried out against one (committee-rules §9).
    """
    lines = []
    rows = [(row, json.loads(row.data)) for row in case.events.select_related("by").order_by("-seq")]
    others = _others(rows)
    for row, data in rows:
        secret = sealed and row.type == "ballot" and data["choice"] != "recuse"
        if sealed and row.type == "ballot" and not secret:
            data = {"seat": data["seat"], "choice": "recuse"}
        person = str(row.by) if row.by else ""
        digest = "" if hides else row.entry_hash
        shown = {} if secret else data
        other = others.get(row.seq, "")
        lines.append(EventLine(row.seq, row.type, row.at, person, shown, secret, digest, other))
    return lines


def _others(rows: list[tuple[CaseEvent, dict[str, Any]]]) -> dict[int, str]:
    """Names of those named beside the one who acted, by event, in one query where there are any."""
    named = {
        row.seq: data["by"][0] if isinstance(data["by"], list) else data.get("member", "")
        for row, data in rows
        if isinstance(data["by"], list) or (row.type == "conflict_declared" and data["member"] != data["by"])
    }
    names = {u.uid: str(u) for u in User.objects.filter(uid__in=named.values())} if named else {}
    return {seq: names.get(uid, uid) for seq, uid in named.items()}


def event_dict(line: EventLine) -> dict[str, Any]:
    """An event as the API prints it."""
    return {
        "seq": line.seq,
        "type": line.type,
        "at": line.at.isoformat(),
        "by": line.person,
        "other": line.other,
        "data": {name: value for name, value in line.data.items() if name not in {"at", "type", "by"}},
        "sealed": line.sealed,
        "hash": line.digest,
    }
