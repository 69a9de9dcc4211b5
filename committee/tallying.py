"""Between rows and the pure engine: the frozen frame of a case, its events, and the engine's answer.

Nothing here writes. The engine's input is built the same way for the page, the vote and the verifier.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from committee.choices import LawStatus
from committee.engine import Result, tally
from committee.kinds.base import SubjectFacts
from committee.models import Case, Charter, Committee, Policy, Seat
from governance.models import Membership, User
from governance.permits import instant
from governance.record.canonical import canonical_bytes

NO_TEAM = "none"


def charter_in_force(committee: Committee) -> Charter:
    return committee.charters.order_by("-adopted_at", "-id")[0]


def _seat_frame(seat: Seat) -> dict[str, Any]:
    frame: dict[str, Any] = {
        "id": seat.code,
        "member": seat.member.uid,
        "role": seat.role,
        "functions": sorted(seat.functions),
        "team": seat.team.uid if seat.team else NO_TEAM,
        "term": {
            "from": seat.term_from.isoformat(),
            "to": seat.term_to.isoformat() if seat.term_to else None,
        },
    }
    if seat.alternate is not None:
        frame["alternate"] = {"member": seat.alternate.uid, "team": NO_TEAM}
    return frame


def _alternates_of_team(frame: dict[str, Any], case: Case) -> None:
    """An alternate who belongs to the requesting team counts as of it, whatever other teams they are in."""
    members = Membership.objects.filter(team=case.requesting_team).current()
    uids = set(members.values_list("user__uid", flat=True))
    for seat in frame["seats"]:
        if seat.get("alternate") and seat["alternate"]["member"] in uids:
            seat["alternate"]["team"] = case.requesting_team.uid


def body_frame(committee: Committee) -> dict[str, Any]:
    """Calendar, committee, charter, policies and seats as the engine reads them, as they stand now."""
    seats = committee.seats.in_office().select_related("member", "team", "alternate")
    policies = Policy.objects.filter(status=LawStatus.IN_FORCE).order_by("code")
    head: dict[str, Any] = {"id": committee.code, "next_resolution": committee.next_resolution}
    if committee.secretary is not None:
        head["secretary"] = committee.secretary.uid
    return {
        "spec": "committee-case/1",
        "calendar": committee.calendar,
        "committee": head,
        "charter": json.loads(charter_in_force(committee).document),
        "policies": [json.loads(policy.document) for policy in policies],
        "seats": [_seat_frame(seat) for seat in seats],
        "delegations": [],
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
    return canonical_bytes(frame).decode()


def events_of(case: Case) -> list[dict[str, Any]]:
    return [json.loads(text) for text in case.events.order_by("seq").values_list("data", flat=True)]


def engine_input(
    case: Case, events: Sequence[dict[str, Any]], *, now: dt.datetime, viewer: User | None = None
) -> dict[str, Any]:
    """A complete committee-case/1 document. The resolution number is that given at closing, else the next."""
    document: dict[str, Any] = json.loads(case.frame)
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
    at = now or timezone.now()
    if events:
        at = max(at, dt.datetime.fromisoformat(events[-1]["at"]))
    if case.closed_at:
        at = max(at, case.closed_at)
    return tally(engine_input(case, events, now=at, viewer=viewer))


def dry_run(committee: Committee) -> Result:
    """Tally an imaginary draft under the committee's rules: raises InputFault where they cannot be read."""
    frame = body_frame(committee)
    frame["case"] = {
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
    return tally({**frame, "now": instant(timezone.now()), "events": []})
