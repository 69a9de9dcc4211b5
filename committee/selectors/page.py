"""A case as one reader may see it: the engine's answer for that viewer, and what the page says about it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from committee import sealing, tallying
from committee.choices import CaseState
from committee.engine import Result
from committee.engine.calendar import Calendar, load_zone, parse_date
from committee.engine.texts import Text
from committee.kinds.registry import KINDS
from committee.models import Case, Policy
from committee.selectors.cases import EventLine, SeatRow, event_lines, seat_rows
from committee.selectors.evidence import EvidenceRow, evidence_rows
from committee.selectors.votes import presides_now
from committee.selectors.words import effective_words, local, reason_words
from governance import registry
from governance import selectors as law
from governance.choices import PermitStatus
from governance.models import Permit, User
from governance.record.canonical import digest_of
from governance.selectors import ConditionRow, PermitRow
from governance.subject_ref import SubjectRef

LIVE_PERMIT = frozenset({PermitStatus.ACTIVE, PermitStatus.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Proposed:
    """A condition a visible ballot asks for while the case is open."""

    id: str
    owner: str
    text: str
    due: str
    when: str
    seat: str


@dataclass(frozen=True, slots=True)
class BallotLine:
    """A counted ballot with its reason, where this reader may see it."""

    seat: str
    person: str
    choice: str
    via: str
    rationale: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Working days of voting after the day of opening: left after today, used and all; `last_day` ends it."""

    left: int
    used: int
    total: int
    last_day: dt.date
    at_midnight: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything the case page and its acts need, for one reader."""

    case: Case
    title: str
    state: str
    outcome: str
    output: dict[str, Any]
    reasons: tuple[str, ...]
    rules: tuple[str, ...]
    policies: tuple[Policy, ...]
    seats: tuple[SeatRow, ...]
    evidence: tuple[EvidenceRow, ...]
    built_at: dt.datetime
    dossier_digest: str
    unchanged: bool
    subject_title: str
    subject_url: str
    my_seat: SeatRow | None
    may_vote: bool
    has_voted: bool
    presiding: bool
    secretary: bool
    requester: bool
    permit: PermitRow | None
    conditions: tuple[ConditionRow, ...]
    proposed: tuple[Proposed, ...]
    ballots: tuple[BallotLine, ...]
    events: tuple[EventLine, ...]
    clock: Clock | None
    seated_uids: list[str]

    @property
    def counts(self) -> dict[str, Any]:
        counts: dict[str, Any] = self.output["counts"]
        return counts

    @property
    def sealed(self) -> bool:
        """Whether ballots are hidden from this reader."""
        return self.output["ballots"] is None

    @property
    def may_export(self) -> bool:
        """Whether the engine's input, which names every ballot, is handed out."""
        return not _hides(self.case, self.output)

    @property
    def cpu_hours(self) -> float:
        return int(self.case.terms.get("cpu_seconds") or 0) / 3600

    @property
    def device_hours(self) -> float:
        return int(self.case.terms.get("device_seconds") or 0) / 3600

    @property
    def may_revoke(self) -> bool:
        return self.keeps_files and self.permit is not None and self.permit.status in LIVE_PERMIT

    @property
    def out_seats(self) -> int:
        """Seats that may not vote: drawn at the end of the meter."""
        counts = self.output["counts"]
        return max(0, int(counts["seats"]) - int(counts["eligible"]))

    @property
    def is_open(self) -> bool:
        return self.state == CaseState.OPEN

    @property
    def keeps_files(self) -> bool:
        """Whether the reader does what presiding member and secretary may: confirm, revoke."""
        return self.presiding or self.secretary


def case_view(user: User, case: Case) -> CaseView:
    """A case for one reader: sealed ballots stay hidden from who has not voted (committee-rules §9)."""
    result = tallying.run(case, viewer=user)
    out, frame, content = result.output, json.loads(case.frame), sealing.dossier_content(case)
    frame["seats"] = tallying.seats_known(case)
    seats = seat_rows(frame, result, case.tally, user)
    mine = next((seat for seat in seats if seat.sits), None) or next(
        (seat for seat in seats if seat.you), None
    )
    permit = _permit_row(case)
    ref = SubjectRef(case.subject_kind, case.subject_id, case.subject_digest)
    kind = KINDS.get((case.subject_kind, case.action))
    names = _names(result)
    return CaseView(
        case=case,
        title=local(Text(case.title, case.title_zh)),
        state=out["state"],
        outcome=out["outcome"] or "",
        output=out,
        reasons=tuple(reason_words(code) for code in out["reasons"]),
        rules=tuple(effective_words(out["effective"])),
        policies=_policies(case, frame, out),
        seats=seats,
        evidence=evidence_rows(content["items"]),
        built_at=dt.datetime.fromisoformat(content["built_at"]),
        dossier_digest=case.dossier.digest,
        unchanged=bool(kind and kind.digest(case.subject_id) == case.subject_digest),
        subject_title=registry.title_of(ref),
        subject_url=registry.page_of(ref),
        my_seat=mine,
        may_vote=bool(mine and mine.sits and out["state"] == CaseState.OPEN),
        has_voted=any(row["seat"] == mine.code for row in case.tally.get("ballots") or []) if mine else False,
        presiding=_presides(user, case, out, seats, permit),
        secretary=frame["committee"].get("secretary") == user.uid,
        requester=case.requester_id == user.pk,
        permit=permit,
        conditions=law.permit_detail(permit.permit, reader=user).conditions if permit else (),
        proposed=tuple(_proposed(result, names)) if out["state"] != CaseState.CLOSED else (),
        ballots=tuple(_ballots(result, names)),
        events=tuple(event_lines(case, out["ballots"] is None, _hides(case, out))),
        clock=_clock(case, frame, out),
        seated_uids=[seat["member"] for seat in frame["seats"]],
    )


def _policies(case: Case, frame: dict[str, Any], out: dict[str, Any]) -> tuple[Policy, ...]:
    """The matching policies, in the versions the case was framed with."""
    digests = [digest_of(policy) for policy in frame["policies"] if policy["id"] in out["policies"]]
    rows = Policy.objects.filter(committee_id=case.committee_id, digest__in=digests)
    return tuple({policy.code: policy for policy in rows.order_by("code", "number")}.values())


def tally_for(user: User, case: Case) -> dict[str, Any]:
    """The engine's output for one reader."""
    output: dict[str, Any] = tallying.run(case, viewer=user).output
    return output


def _hides(case: Case, out: dict[str, Any]) -> bool:
    return bool(out["effective"]["sealed"]) and out["state"] != CaseState.CLOSED


def _presides(
    user: User, case: Case, out: dict[str, Any], seats: tuple[SeatRow, ...], permit: PermitRow | None
) -> bool:
    """Whether the reader presides. While a permit lives it is who does today: who did at the closing may have
    left since (committee-rules §5).
    """
    holds = any(seat.holds for seat in seats)
    if holds and out["state"] == CaseState.CLOSED and permit is not None and permit.status in LIVE_PERMIT:
        return presides_now(user, case)
    presiding = out["presiding"]
    return bool(presiding and any(s.holds and s.code == presiding["seat"] for s in seats))


def _permit_row(case: Case) -> PermitRow | None:
    rows = Permit.objects.filter(case_id=case.number).select_related("decision").prefetch_related("events")
    permit = rows.order_by("-id").first()
    return law.permit_rows([permit])[0] if permit else None


def _names(result: Result) -> dict[str, str]:
    """Names of everybody the visible ballots and their conditions speak of, in one query."""
    uids = {b["by"] for b in result.output["ballots"] or []}
    for _ballot, data in _visible(result):
        uids |= {condition["owner"] for condition in data.get("conditions", [])}
    return {u.uid: str(u) for u in User.objects.filter(uid__in=uids)} if uids else {}


def _visible(result: Result) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Counted ballots this viewer may see, each with its event's data; none while sealed."""
    last = {
        (entry["data"]["seat"], entry["actor"]): entry["data"]
        for entry in result.ledger
        if entry["type"] == "ballot" and entry["accepted"]
    }
    return [(b, last[b["seat"], b["by"]]) for b in result.output["ballots"] or []]


def _proposed(result: Result, names: dict[str, str]) -> list[Proposed]:
    return [
        Proposed(
            c["id"], names.get(c["owner"], c["owner"]), c["evidence"], c["due"], c["when"], ballot["seat"]
        )
        for ballot, data in _visible(result)
        if ballot["choice"] == "approve"
        for c in data.get("conditions", [])
    ]


def _ballots(result: Result, names: dict[str, str]) -> list[BallotLine]:
    return [
        BallotLine(b["seat"], names.get(b["by"], b["by"]), b["choice"], b["via"], data.get("rationale", ""))
        for b, data in _visible(result)
    ]


def _clock(case: Case, frame: dict[str, Any], out: dict[str, Any]) -> Clock | None:
    """Working days of an open case by the committee's own calendar (committee-rules §2)."""
    if out["state"] != CaseState.OPEN or not out["closes_at"]:
        return None
    raw = frame["calendar"]
    calendar = Calendar(
        load_zone(raw["timezone"]),
        frozenset(raw["weekend"]),
        frozenset(map(parse_date, raw["holidays"])),
        frozenset(map(parse_date, raw["workdays"])),
    )
    closes = dt.datetime.fromisoformat(out["closes_at"])
    last = calendar.local_date(closes - dt.timedelta(seconds=1))
    today, opened = calendar.local_date(timezone.now()), calendar.local_date(case.opened_at or timezone.now())
    total = calendar.working_days_between(opened, last)
    left = min(total, calendar.working_days_between(today, last))
    used = total - left
    return Clock(left, used, total, last, calendar.start_of(last + dt.timedelta(days=1)) == closes)
