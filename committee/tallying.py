"""Between rows and the pure engine: the frozen frame of a case, its events, and the engine's answer.

Nothing here writes. The engine's input is built the same way for the page, the vote and the verifier.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from committee.choices import LawStatus, SeatRole
from committee.engine import Result, tally
from committee.engine.course import Course
from committee.engine.tallying import follow
from committee.kinds.base import SubjectFacts
from committee.models import Absence, Case, Charter, Committee, Conflict, Delegation, Policy, Seat
from committee.models.standing import current
from governance.models import Membership, User
from governance.permits import instant
from governance.record.canonical import canonical_bytes

NO_TEAM = "none"


def charter_in_force(committee: Committee) -> Charter:
    return Charter.objects.get(committee=committee, status=LawStatus.IN_FORCE)


def _seat_frame(seat: Seat, absences: list[dict[str, Any]]) -> dict[str, Any]:
    frame: dict[str, Any] = {
        "id": seat.code,
        "member": seat.member.uid,
        "role": seat.role,
        "functions": sorted(seat.functions),
        "team": seat.team.uid if seat.team else NO_TEAM,
        "term": {
            "from": seat.term_from.isoformat(),
            "to": _term_end(seat),
        },
    }
    if seat.alternate is not None and seat.alternate.is_active:  # who has left sits in for nobody
        frame["alternate"] = {"member": seat.alternate.uid, "team": NO_TEAM}
    if absences:
        frame["absences"] = absences
    return frame


def seat_frame(seat: Seat) -> dict[str, Any]:
    """A seat as an event of a running case tells it."""
    return _seat_frame(seat, [])


def _term_end(seat: Seat) -> str | None:
    """Last day of the term; a seat that was ended counts no longer from the day before on."""
    if seat.ended_at is not None:
        gone = timezone.localdate(seat.ended_at) - dt.timedelta(days=1)
        return max(seat.term_from, gone).isoformat()
    return seat.term_to.isoformat() if seat.term_to else None


def _absences(committee: Committee) -> dict[str, list[dict[str, Any]]]:
    """Declared absences by seat, those that are over left out."""
    rows = current(Absence.objects.filter(seat__committee=committee)).select_related("seat")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.order_by("pk"):
        found.setdefault(row.seat.code, []).append(period_frame(row))
    return found


def period_frame(row: Absence | Delegation | Conflict) -> dict[str, Any]:
    return {"from": row.first.isoformat(), "to": row.last.isoformat() if row.last else None}


def delegation_frame(row: Delegation) -> dict[str, Any]:
    """A delegation as the engine reads it."""
    scope: dict[str, Any] = {}
    if row.actions:
        scope["actions"] = sorted(row.actions)
    if row.kinds:
        scope["kinds"] = sorted(row.kinds)
    if row.max_level is not None:
        scope["max_level"] = row.max_level
    seats = {"principal": row.principal.code, "delegate": row.delegate.code}
    return {"id": row.code, **seats, **period_frame(row), "scope": scope}


def _delegations(committee: Committee, seats: set[str]) -> list[dict[str, Any]]:
    rows = current(Delegation.objects.filter(committee=committee)).select_related("principal", "delegate")
    framed = [delegation_frame(row) for row in rows.order_by("pk")]
    return [d for d in framed if d["principal"] in seats and d["delegate"] in seats]


def _conflicts(case: Case, related: Sequence[str], parties: set[str]) -> list[dict[str, Any]]:
    """Standing declarations that concern this case, each named as applying to it."""
    concerned = {case.subject_id, *related}
    found = []
    for row in current(Conflict.objects.all()).select_related("member").order_by("pk"):
        if concerned.isdisjoint(row.subjects) and parties.isdisjoint(row.parties):
            continue
        applies = {"cases": [case.number]}
        found.append({"id": row.code, "member": row.member.uid, **period_frame(row), "applies_to": applies})
    return found


def _alternates_of_team(frame: dict[str, Any], case: Case) -> None:
    """An alternate who belongs to the requesting team counts as of it, whatever other teams they are in."""
    members = Membership.objects.filter(team=case.requesting_team).current()
    uids = set(members.values_list("user__uid", flat=True))
    for seat in frame["seats"]:
        if seat.get("alternate") and seat["alternate"]["member"] in uids:
            seat["alternate"]["team"] = case.requesting_team.uid


def _seats(committee: Committee) -> list[Seat]:
    """Seats in office or about to be; without a chair among them also the last one, so that the engine knows
    that there is one and that a deputy presides (committee-rules §13, `no_chair`).

    One who is to hold another place later is left out there: a person is counted once (committee-rules §1).
    """
    rows = committee.seats.select_related("member", "team", "alternate")
    seats: list[Seat] = []
    taken: set[str] = set()
    for seat in [*rows.in_office(), *rows.standing().order_by("term_from", "code")]:
        people = {seat.member.uid} | ({seat.alternate.uid} if seat.alternate else set())
        if taken.isdisjoint(people):
            seats.append(seat)
            taken |= people
    if all(seat.role != SeatRole.CHAIR for seat in seats):
        former = rows.filter(role=SeatRole.CHAIR).order_by("-term_from", "-id")
        seats += [seat for seat in former if seat.member.uid not in taken][:1]
    return sorted(seats, key=lambda seat: seat.code)


def body_frame(committee: Committee) -> dict[str, Any]:
    """Calendar, committee, charter, policies and seats as the engine reads them, as they stand now."""
    away = _absences(committee)
    seats = [_seat_frame(seat, away.get(seat.code, [])) for seat in _seats(committee)]
    policies = Policy.objects.filter(committee=committee, status=LawStatus.IN_FORCE, repeals=False)
    head: dict[str, Any] = {"id": committee.code, "next_resolution": committee.next_resolution}
    if committee.secretary is not None:
        head["secretary"] = committee.secretary.uid
    return {
        "spec": "committee-case/1",
        "calendar": committee.calendar,
        "committee": head,
        "charter": json.loads(charter_in_force(committee).document),
        "policies": [json.loads(policy.document) for policy in policies.order_by("code")],
        "seats": seats,
        "delegations": _delegations(committee, {seat["id"] for seat in seats}),
        "conflicts": [],
    }


def case_frame(case: Case, facts: SubjectFacts) -> str:
    """The whole engine input of a case but `now` and `events`, as canonical text."""
    frame = body_frame(case.committee)
    _alternates_of_team(frame, case)
    frame["case"] = {
        "id": case.number,
        "action": case.action,
        "subject": {"kind": case.subject_kind, "id": case.subject_id, "digest": case.subject_digest},
        "level": facts.level,
        "purpose": case.purpose,
        "change": {"rows_changed": facts.rows_changed, "rows_total": facts.rows_total},
        "downstream_models": facts.downstream_models,
        "requester": case.requester.uid,
        "requesting_team": case.requesting_team.uid,
        "contributors": sorted(set(facts.contributors)),
        "beneficiaries": sorted(set(facts.beneficiaries)),
    }
    asked = frame["case"]
    people = {asked["requester"], asked["requesting_team"], *asked["contributors"], *asked["beneficiaries"]}
    frame["conflicts"] = _conflicts(case, facts.related, people)
    return canonical_bytes(frame).decode()


def events_of(case: Case) -> list[dict[str, Any]]:
    return [json.loads(text) for text in case.events.order_by("seq").values_list("data", flat=True)]


def seats_known(case: Case) -> list[dict[str, Any]]:
    """The seats of the frame, and those added while the case ran; ended ones too."""
    seats: list[dict[str, Any]] = json.loads(case.frame)["seats"]
    added = case.events.filter(type="seat_added").order_by("seq").values_list("data", flat=True)
    return seats + [json.loads(text)["seat"] for text in added]


def frame_of(case: Case) -> dict[str, Any]:
    """The frozen frame with what was added to it while the case ran."""
    frame: dict[str, Any] = json.loads(case.frame)
    if case.pk:
        for kind, data in case.amendments.order_by("seq").values_list("kind", "data"):
            amend(frame, kind, json.loads(data))
    return frame


def amend(frame: dict[str, Any], kind: str, data: dict[str, Any]) -> None:
    """Add one dated fact to a frame, or take one out that never began (`cancelled`).

    An absence names a seat and replaces one of the same first day, a delegation one of the same id.
    """
    cancelled = data.get("cancelled", False)
    if kind == "absence":
        period = {"from": data["from"], "to": data["to"]}
        for seat in frame["seats"]:
            if seat["id"] == data["seat"]:
                kept = [a for a in seat.get("absences", []) if a["from"] != period["from"]]
                seat["absences"] = kept if cancelled else [*kept, period]
    else:
        kept = [d for d in frame["delegations"] if d["id"] != data["id"]]
        frame["delegations"] = kept if cancelled else [*kept, data]


def engine_input(
    case: Case, events: Sequence[dict[str, Any]], *, now: dt.datetime, viewer: User | None = None
) -> dict[str, Any]:
    """A complete committee-case/1 document. The resolution number is that given at closing, else the next."""
    document = frame_of(case)
    number = case.resolution_number or case.committee.next_resolution
    document["committee"]["next_resolution"] = number
    document |= {"now": instant(now), "events": list(events)}
    if viewer is not None:
        document["viewer"] = viewer.uid
    return document


def run(
    case: Case,
    extra: Sequence[dict[str, Any]] = (),
    *,
    now: dt.datetime | None = None,
    viewer: User | None = None,
) -> Result:
    """Tally a stored case, with events not yet stored. Raises InputFault for a malformed event.

    A clock behind the last event or the closing reads the case as of then, so that a case can always be shown
    and a decided one never looks open again.
    """
    events = [*events_of(case), *extra]
    return tally(engine_input(case, events, now=_as_of(case, events, now), viewer=viewer))


def document_of(case: Case) -> dict[str, Any]:
    """The engine's whole input of a stored case, as of now."""
    events = events_of(case)
    return engine_input(case, events, now=_as_of(case, events, None))


def course_of(case: Case) -> Course:
    """A stored case as it stands now, for questions the printed result does not answer (who might act)."""
    return follow(document_of(case))[0]


def _as_of(case: Case, events: Sequence[dict[str, Any]], now: dt.datetime | None) -> dt.datetime:
    at = now or timezone.now()
    if events:
        at = max(at, dt.datetime.fromisoformat(events[-1]["at"]))
    return max(at, case.closed_at) if case.closed_at else at


def dry_run(committee: Committee) -> Result:
    """Tally an imaginary draft under the committee's rules: raises InputFault where they cannot be read."""
    return dry_run_of(body_frame(committee))


def dry_run_of(body: dict[str, Any]) -> Result:
    """As `dry_run`, of rules and seats as `body_frame` gives them."""
    frame = dict(body) | {"case": imagined_case()}
    return tally({**frame, "now": instant(timezone.now()), "events": []})


def imagined_case() -> dict[str, Any]:
    """A question nobody asked, for reading rules."""
    return {
        "id": "rehearsal",
        "action": "train",
        "subject": {"kind": "dataset_version", "id": "none", "digest": "sha256:" + "0" * 64},
        "level": 1,
        "purpose": "rehearsal",
        "change": {"rows_changed": 0, "rows_total": 0},
        "downstream_models": 0,
        "requester": "nobody",
        "requesting_team": NO_TEAM,
        "contributors": [],
        "beneficiaries": [],
    }
