"""Seats of a committee: its places and who sits there, seats that ended, and cases still to be told of it."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from committee.choices import UNDECIDED, LawKind, SeatRole
from committee.models import Absence, Case, CaseEvent, Committee, LawText, Seat
from committee.models.standing import current
from committee.selectors.cases import cases_watched
from committee.selectors.words import function_words
from governance import permits
from governance.choices import PermitStatus
from governance.models import Permit, User

ENDING_SOON_DAYS = 60
LISTED = 50  # of one kind on the page of a person
FRAMING = dt.timedelta(hours=1)  # more than the time between framing a case and storing it
RANKS = {SeatRole.CHAIR: 0, SeatRole.DEPUTY: 1, SeatRole.MEMBER: 2}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place at the table: what it serves and who sits there today; `seat` is None where it is vacant.

    `last` is who held it last, where nobody does; `next` who is to hold it later; `away` the absence that
    runs, else the next one.
    """

    place: str
    role: str
    functions: tuple[str, ...]
    seat: Seat | None
    last: Seat | None
    next: Seat | None
    days_left: int | None
    away: Absence | None

    @property
    def vacant(self) -> bool:
        return self.seat is None

    @property
    def ending(self) -> bool:
        """Whether the term ends within 60 days."""
        return self.days_left is not None and self.days_left <= ENDING_SOON_DAYS

    @property
    def absent(self) -> bool:
        """Whether the holder is away today."""
        return self.away is not None and self.away.first <= timezone.localdate()

    @property
    def rank(self) -> tuple[int, str]:
        """Chair, deputy, members; then by place."""
        return RANKS.get(SeatRole(self.role), 9), self.place


def places(body: Committee) -> list[PlaceRow]:
    """Every place the law of the committee names or somebody sits in, in four queries."""
    today = timezone.localdate()
    held: dict[str, list[Seat]] = defaultdict(list)
    for seat in body.seats.select_related("member", "team", "alternate", "committee").order_by("term_from"):
        held[seat.place or seat.code].append(seat)
    texts = LawText.objects.in_force().of_kind(LawKind.SEAT).filter(committee=body)
    law = {text.code: text for text in texts}
    away = _absences(body)
    names = {name for name, seats in held.items() if any(_sits(seat, today) for seat in seats)}
    names |= {name for name, text in law.items() if not text.repeals}
    rows = [_place(name, held[name], law.get(name), away, today) for name in names]
    return sorted(rows, key=lambda row: row.rank)


def _absences(body: Committee) -> dict[int, Absence]:
    """The running or next absence by seat."""
    rows = current(Absence.objects.filter(seat__committee=body)).order_by("-first")
    return {row.seat_id: row for row in rows}


def _sits(seat: Seat, today: dt.date) -> bool:
    return (
        seat.ended_at is None and seat.term_from <= today and (seat.term_to is None or seat.term_to >= today)
    )


def _place(
    name: str, seats: list[Seat], law: LawText | None, away: dict[int, Absence], today: dt.date
) -> PlaceRow:
    now = next((seat for seat in seats if _sits(seat, today)), None)
    later = next((seat for seat in seats if seat.ended_at is None and seat.term_from > today), None)
    former = [seat for seat in seats if seat not in (now, later)]
    shown = now or later or (former[-1] if former else None)
    document = law.data if law else {}
    functions = shown.functions if shown else document.get("functions", [])
    return PlaceRow(
        place=name,
        role=shown.role if shown else document.get("role", SeatRole.MEMBER),
        functions=tuple(function_words(function) for function in sorted(functions)),
        seat=now,
        last=former[-1] if former and now is None else None,
        next=later,
        days_left=(now.term_to - today).days if now and now.term_to else None,
        away=away.get(now.pk) if now else None,
    )


def former_seats(body: Committee) -> QuerySet[Seat]:
    """Seats that are over: by term, by resignation, by leaving, by decision."""
    over = ~Q(ended_at=None) | Q(term_to__lt=timezone.localdate())
    return body.seats.filter(over).select_related("member", "team", "alternate")


def seat_of(user: User, uid: str) -> Seat | None:
    """A seat of one's own that is not over."""
    return Seat.objects.standing().filter(uid=uid, member=user).select_related("committee", "member").first()


def seats_of_leavers() -> QuerySet[Seat]:
    """Seats in office, or to begin, whose holder has left."""
    return Seat.objects.standing().filter(member__is_active=False).select_related("committee", "member")


def seat_endings_pending(*seats: Seat) -> list[tuple[Case, Seat]]:
    """Cases that count on a seat which has ended, of these seats or of all, in five queries at most.

    Undecided cases, and approved ones with a running permit: who presides there depends on it. A frame, which
    is long, is read once, and only where a seat ended after it that the case was not told of.
    """
    ended = list(seats) or list(Seat.objects.exclude(ended_at=None))
    latest = max((seat.ended_at for seat in ended if seat.ended_at is not None), default=None)
    if latest is None:
        return []
    rows = Case.objects.filter(Q(pk__in=cases_watched().values("pk")) | Q(state__in=UNDECIDED))
    cases = list(rows.filter(created_at__lt=latest + FRAMING).defer("frame").order_by("pk"))
    events = seat_events(cases)
    untold = [pair for case in cases for pair in _untold(case, ended, events[case.pk])]
    framed = _frames({case.pk for case, _seat in untold})
    return [
        (case, seat)
        for case, seat in untold
        if _in_office([*framed[case.pk], *_added(events[case.pk])], seat)
    ]


def _untold(case: Case, ended: Iterable[Seat], events: list[dict[str, Any]]) -> Iterator[tuple[Case, Seat]]:
    """Seats of its committee that ended after the case was framed and that it was not told of."""
    for seat in ended:
        if seat.committee_id != case.committee_id or seat.ended_at is None or _told(seat, events):
            continue
        if seat.ended_at > case.created_at - FRAMING:
            yield case, seat


def _frames(cases: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """The seats of frames by the case's key, each parsed once."""
    if not cases:
        return {}
    rows = Case.objects.filter(pk__in=cases).values_list("pk", "frame")
    return {pk: json.loads(frame)["seats"] for pk, frame in rows.iterator()}


def seat_events(cases: Iterable[Case]) -> dict[int, list[dict[str, Any]]]:
    """The seat_added and seat_ended events of each case, oldest first."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = CaseEvent.objects.filter(case__in=list(cases), type__in=("seat_added", "seat_ended"))
    for case, text in rows.order_by("case", "seq").values_list("case_id", "data"):
        found[case].append(json.loads(text))
    return found


def counts_on(case: Case, seat: Seat, events: list[dict[str, Any]]) -> bool:
    """Whether the case takes the seat to be in office; `events`: its seat_added and seat_ended."""
    if _told(seat, events):
        return False
    return _in_office([*json.loads(case.frame)["seats"], *_added(events)], seat)


def _told(seat: Seat, events: list[dict[str, Any]]) -> bool:
    return any(e["type"] == "seat_ended" and e["seat"] == seat.code for e in events)


def _added(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e["seat"] for e in events if e["type"] == "seat_added"]


def _in_office(seats: Iterable[dict[str, Any]], seat: Seat) -> bool:
    """Whether these framed seats have the seat beyond its end."""
    known = next((s for s in seats if s["id"] == seat.code), None)
    if known is None:
        return False
    last = known["term"]["to"]  # a frame made after the seat ended says so itself
    return last is None or bool(last >= timezone.localdate(seat.ended_at or timezone.now()).isoformat())


def cases_counting_on(seat: Seat) -> list[Case]:
    """Undecided cases in which the seat counts: what giving it up changes."""
    cases = list(Case.objects.undecided().filter(committee_id=seat.committee_id).order_by("-pk"))
    events = seat_events(cases)
    return [case for case in cases if counts_on(case, seat, events[case.pk])]


@dataclass(frozen=True, slots=True)
class Duties:
    """What a person answers for before committees: seats, places as alternate, own cases, conditions."""

    seats: tuple[Seat, ...]
    alternate_of: tuple[Seat, ...]
    cases: tuple[Case, ...]
    conditions: tuple[tuple[str, str], ...]

    @property
    def any(self) -> bool:
        return bool(self.seats or self.alternate_of or self.cases or self.conditions)


def duties_of(uid: str) -> Duties:
    """By a person's uid, in four queries."""
    held = Seat.objects.standing().select_related("committee", "member", "team")
    mine = Case.objects.filter(requester__uid=uid)
    return Duties(
        seats=tuple(held.filter(member__uid=uid)),
        alternate_of=tuple(held.filter(alternate__uid=uid)),
        cases=tuple(mine.undecided()[:LISTED]),
        conditions=tuple(_conditions_owned(uid)),
    )


def _conditions_owned(uid: str) -> Iterator[tuple[str, str]]:
    """(number of the case, id) of what the person still has to bring under a running permit."""
    now = timezone.now()
    rows = Permit.objects.filter(valid_until__gt=now, conditions__icontains=uid).prefetch_related("events")
    for permit in rows.order_by("-id")[:LISTED]:
        owners = {raw["id"]: raw["owner"] for raw in permit.conditions}
        facts = permits.facts_of(permit)
        if permits.status_of(permit) not in (PermitStatus.ACTIVE, PermitStatus.SUSPENDED):
            continue
        for condition in facts.conditions:
            if owners[condition.id] == uid and condition.met_at is None:
                yield permit.case_id, condition.id


def seats_for_teams(teams: Iterable[Any]) -> QuerySet[Seat]:
    """Seats in office that any of the teams holds."""
    rows = Seat.objects.in_office().filter(team__in=[team.pk for team in teams])
    return rows.select_related("committee", "member")


def seats_for_team(uid: str) -> QuerySet[Seat]:
    """Seats in office that a team holds."""
    return Seat.objects.in_office().filter(team__uid=uid).select_related("committee", "member")
