"""From checked JSON to typed facts; finds dates and instants that do not exist on the way."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from typing import Any, TypeVar

from committee.engine import calendar as times
from committee.engine.calendar import Calendar
from committee.engine.facts import (
    Condition,
    Conflict,
    Delegation,
    Event,
    Inputs,
    Period,
    Person,
    Policy,
    Question,
    Seat,
    Subject,
)
from committee.engine.faults import InputFault

_T = TypeVar("_T")


def read_calendar(raw: Mapping[str, Any]) -> Calendar:
    """Raises InputFault `unknown_timezone`, `bad_time`, `no_working_day`, `calendar_overlap`."""
    try:
        zone = times.load_zone(raw["timezone"])
    except KeyError as fault:
        raise InputFault("unknown_timezone", "/calendar/timezone", "not an IANA time zone") from fault
    if len(raw["weekend"]) == 7:
        raise InputFault("no_working_day", "/calendar/weekend", "all seven days are weekend")
    days = {
        name: [_date(text, f"/calendar/{name}/{i}") for i, text in enumerate(raw[name])]
        for name in ("holidays", "workdays")
    }
    holidays = frozenset(days["holidays"])
    for i, day in enumerate(days["workdays"]):
        if day in holidays:
            raise InputFault("calendar_overlap", f"/calendar/workdays/{i}", "also listed as a holiday")
    return Calendar(zone, frozenset(raw["weekend"]), holidays, frozenset(days["workdays"]))


def read_inputs(raw: Mapping[str, Any]) -> Inputs:
    """Typed facts of a document that fits the schema. Raises InputFault `bad_time`, `bad_period`, ..."""
    calendar = read_calendar(raw["calendar"])
    dates = _Dates(calendar)
    events = tuple(_event(e, i, dates) for i, e in enumerate(raw["events"]))
    seats = {s["id"]: _seat(s, f"/seats/{i}", dates) for i, s in enumerate(raw["seats"])}
    for event in events:
        if event.added is not None:
            seats.setdefault(event.added.id, event.added)
    held: dict[str, Seat] = {}
    for seat in seats.values():
        held.setdefault(seat.holder.id, seat)
    committee = raw["committee"]
    return Inputs(
        now=_instant(raw["now"], "/now"),
        viewer=raw.get("viewer"),
        calendar=calendar,
        committee=committee["id"],
        secretary=committee.get("secretary"),
        next_resolution=committee["next_resolution"],
        charter=raw["charter"],
        policies=tuple(Policy(p["id"], p["match"], p["set"]) for p in raw["policies"]),
        seats=seats,
        delegations=tuple(_delegation(d, f"/delegations/{i}") for i, d in enumerate(raw["delegations"])),
        conflicts=tuple(_conflict(c, f"/conflicts/{i}", dates) for i, c in enumerate(raw["conflicts"])),
        question=_question(raw["case"]),
        events=events,
        held=held,
    )


def _time(parse: Callable[[str], _T], text: str, path: str) -> _T:
    try:
        return parse(text)
    except ValueError as fault:
        raise InputFault("bad_time", path, f"{text} does not exist") from fault


def _instant(text: str, path: str) -> datetime:
    return _time(times.parse_instant, text, path)


def _date(text: str, path: str) -> date:
    return _time(times.parse_date, text, path)


def _span(raw: Mapping[str, Any], path: str) -> tuple[date, date]:
    first = _date(raw["from"], f"{path}/from")
    last = date.max if raw["to"] is None else _date(raw["to"], f"{path}/to")
    if last < first:
        raise InputFault("bad_period", f"{path}/to", "the period ends before it begins")
    return first, last


class _Dates:
    """Local dates as instants. Many seats share one term: each period is read once."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._periods: dict[tuple[str, str | None], Period] = {}

    def period(self, raw: Mapping[str, Any], path: str) -> Period:
        """Raises InputFault `bad_time`, `bad_period`."""
        key = (raw["from"], raw["to"])
        if key not in self._periods:
            first, last = _span(raw, path)
            self._periods[key] = Period(first, self.calendar.start_of(first), self.calendar.end_of(last))
        return self._periods[key]


def _seat(raw: Mapping[str, Any], path: str, dates: _Dates, added: int | None = None) -> Seat:
    other = raw.get("alternate")
    absences = enumerate(raw.get("absences", ()))
    return Seat(
        id=raw["id"],
        holder=Person(raw["member"], raw["team"]),
        role=raw["role"],
        functions=frozenset(raw["functions"]),
        term=dates.period(raw["term"], f"{path}/term"),
        alternate=None if other is None else Person(other["member"], other["team"]),
        absences=tuple([dates.period(a, f"{path}/absences/{i}") for i, a in absences]),
        added=added,
    )


def _delegation(raw: Mapping[str, Any], path: str) -> Delegation:
    scope = raw["scope"]
    first, last = _span(raw, path)
    return Delegation(
        id=raw["id"],
        principal=raw["principal"],
        delegate=raw["delegate"],
        first=first,
        last=last,
        actions=frozenset(scope["actions"]) if "actions" in scope else None,
        kinds=frozenset(scope["kinds"]) if "kinds" in scope else None,
        max_level=scope.get("max_level"),
    )


def _conflict(raw: Mapping[str, Any], path: str, dates: _Dates) -> Conflict:
    to = raw["applies_to"]
    return Conflict(
        id=raw["id"],
        member=raw["member"],
        period=dates.period(raw, path),
        cases=frozenset(to.get("cases", ())),
        subjects=frozenset(to.get("subjects", ())),
        parties=frozenset(to.get("parties", ())),
    )


def _question(raw: Mapping[str, Any]) -> Question:
    subject = raw["subject"]
    return Question(
        id=raw["id"],
        action=raw["action"],
        subject=Subject(subject["kind"], subject["id"], subject["digest"]),
        level=raw["level"],
        purpose=raw["purpose"],
        rows_changed=raw["change"]["rows_changed"],
        rows_total=raw["change"]["rows_total"],
        downstream_models=raw["downstream_models"],
        requester=raw["requester"],
        requesting_team=raw["requesting_team"],
        contributors=frozenset(raw["contributors"]),
        beneficiaries=frozenset(raw["beneficiaries"]),
    )


def _condition(raw: Mapping[str, Any], path: str, dates: _Dates) -> Condition:
    due = _date(raw["due"], f"{path}/due")
    return Condition(raw["id"], raw["owner"], due, dates.calendar.end_of(due), raw["when"], raw["evidence"])


def _event(raw: Mapping[str, Any], index: int, dates: _Dates) -> Event:
    path = f"/events/{index}"
    kind = raw["type"]
    fields: dict[str, Any] = {name: raw[name] for name in _PLAIN.get(kind, ()) if name in raw}
    if kind == "ballot":
        listed = enumerate(raw.get("conditions", ()))
        fields["conditions"] = tuple([_condition(c, f"{path}/conditions/{i}", dates) for i, c in listed])
    elif kind == "deferred":
        fields["until_date"] = until = _date(raw["until"], f"{path}/until")
        fields["until"] = dates.calendar.start_of(until)
    elif kind == "seat_added":
        fields["added"] = _seat(raw["seat"], f"{path}/seat", dates, index)
    for name in _TEXTS.intersection(raw):
        fields["text"] = raw[name]
    # The ledger's own: whoever gave the case may go on to change it.
    data = {n: v if isinstance(v, str) else deepcopy(v) for n, v in raw.items() if n not in _HEAD}
    return Event(index, _instant(raw["at"], f"{path}/at"), kind, deepcopy(raw["by"]), data, **fields)


_HEAD = frozenset({"at", "type", "by"})
_TEXTS = frozenset({"rationale", "reason", "evidence"})
_PLAIN = {
    "ballot": ("seat", "choice"),
    "conflict_declared": ("member",),
    "subject_changed": ("digest",),
    "policy_changed": ("version",),
    "seat_ended": ("seat",),
    "break_glass": ("hours",),
    "condition_met": ("condition",),
}
"""Fields of each type that are taken as they are."""
