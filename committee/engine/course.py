"""The course of a case through time: states, stops and automatic steps (committee-rules §2 and §8)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from committee.engine.ballots import Ballot, BallotBox
from committee.engine.calendar import EARLIEST, LATEST, later
from committee.engine.certainty import is_certain
from committee.engine.counting import Count
from committee.engine.delegations import Delegations
from committee.engine.facts import Conflict, Event, Inputs, Period, Seat
from committee.engine.ledger import Ledger
from committee.engine.persons import Bars
from committee.engine.roster import Roster, in_order
from committee.engine.rules import Rules
from committee.engine.vacancies import Vacancy, find_vacancies

State = Literal["draft", "open", "returned", "deferred", "closed"]
Cause = Literal["withdrawn_by_requester", "digest_changed", "policy_stale"]
DECISIONS = frozenset({"approved", "approved_with_conditions", "rejected"})


@dataclass(frozen=True)
class Closing:
    """How the case ended, frozen. `early`: by certainty; `cause`: of a case that counted no ballots."""

    at: datetime
    outcome: str
    count: Count
    vacancies: tuple[Vacancy, ...]
    early: bool
    cause: Cause | None


@dataclass(frozen=True)
class BrokenGlass:
    """An accepted break-glass act."""

    at: datetime
    until: datetime


class _Mark(NamedTuple):
    """An instant where a dated fact begins or ends: of a seat (its term, an absence) or a conflict record."""

    at: datetime
    begins: bool
    of: Seat | Conflict


class Course:
    """One case at the instant `at`. Time only moves on; a closed case never reopens."""

    def __init__(self, inputs: Inputs, rules: Rules) -> None:
        self.inputs = inputs
        self.rules = rules
        self.bars = Bars(inputs.question, inputs.conflicts)
        self.box = BallotBox()
        self.delegations = Delegations(inputs.delegations, inputs.question, rules.proxy_cap)
        self.ledger = Ledger(inputs, rules.as_effective())
        self.at = EARLIEST
        self.state: State = "draft"
        self.closing: Closing | None = None
        self.closes_at: datetime | None = None
        self.min_open_until: datetime | None = None
        self.glass: BrokenGlass | None = None
        self.void_at: datetime | None = None
        self.decision_revoked_at: datetime | None = None
        self.glass_revoked_at: datetime | None = None
        self.met_at: dict[str, datetime] = {}
        self._added: set[int] = set()
        self._ended: set[str] = set()
        self._opened_at = EARLIEST
        self._deadline_day = date.min
        self._paused_at = EARLIEST
        self._paused = timedelta(0)
        self._resumes_at: datetime | None = None
        self._ahead = _marks(inputs, self.bars)
        self._order = in_order(inputs.seats.values())
        self._alternates = {s.alternate.id: s.id for s in inputs.seats.values() if s.alternate is not None}
        self._count: Count | None = None
        self._stale: dict[str, None] = {}
        """Seats to be looked at again before anybody asks who sits or what counts, in order."""

    # What holds now

    @property
    def outcome(self) -> str | None:
        """Null in draft and open, the state itself while paused, final once closed."""
        if self.closing is not None:
            return self.closing.outcome
        return self.state if self.state in ("returned", "deferred") else None

    @property
    def today(self) -> date:
        """The local date."""
        return self.inputs.calendar.local_date(self.at)

    def roster(self) -> Roster:
        """Who is in office, sits and presides now."""
        return self.count().roster

    def count(self) -> Count:
        """The ballots that count now."""
        if self._count is None:
            roster = Roster(self._order, self.bars, self.box, self.rules)
            self._count = Count(roster, self.rules, self.inputs.question.requesting_team)
            self._stale = dict.fromkeys(self.inputs.seats)
        if self._stale:
            for name in self._stale:
                self._look_at(self.inputs.seats[name], self._count)
            self._stale.clear()
        return self._count

    def _look_at(self, seat: Seat, count: Count) -> None:
        if not self.is_known(seat):
            return
        in_office = seat.id not in self._ended and seat.term.holds(self.at)
        count.roster.enter(seat, in_office, self.at)
        count.enter(seat.id, self.box.counted(seat, self.bars))

    def vacancies(self) -> tuple[Vacancy, ...]:
        """Seats whose holder is barred or not in office now."""
        if self.closing is not None:
            return self.closing.vacancies
        seats = [seat for seat in self.inputs.seats.values() if self.is_known(seat)]
        return find_vacancies(seats, self.roster(), self.bars, self._ended, self.at)

    def is_known(self, seat: Seat) -> bool:
        """Whether the seat exists yet: of the list, or its `seat_added` has happened."""
        return seat.added is None or seat.added in self._added

    # Time

    def advance(self, to: datetime) -> None:
        """Let time pass until `to`, stopping wherever a dated fact or a term of the case begins or ends."""
        while (stop := self._next_stop(to)) is not None:
            self._move(stop)
            self.settle()
        self._move(to)

    def settle(self) -> None:
        """The automatic steps, first that applies; after every stop and every accepted event."""
        if self.state == "deferred" and self._resumes_at is not None and self._resumes_at <= self.at:
            self.resume()
            self.ledger.write_step(self.at, "auto_resumed", self.state, self.outcome)
        if self.state != "open" or self.closes_at is None or self.min_open_until is None:
            return
        if self.roster().inquorate:
            self._decide("inquorate", early=False)
        elif self.at >= self.closes_at:
            self._decide(self.count().verdict(), early=False)
        elif self._may_close_early(self.min_open_until) and is_certain(self.count()):
            self._decide(self.count().verdict(), early=True)

    def _may_close_early(self, min_open_until: datetime) -> bool:
        return self.rules.early_close == "certain" and self.at >= min_open_until

    def _next_stop(self, to: datetime) -> datetime | None:
        # In draft and closed no step can happen: dated facts are looked at when somebody asks.
        if self.state in ("draft", "closed"):
            return None
        stop = self._ahead[-1].at if self._ahead and self._ahead[-1].at <= to else None
        clocks = (self._resumes_at,) if self.state == "deferred" else (self.closes_at, self.min_open_until)
        for mark in clocks:
            if mark is not None and self.at < mark <= to and (stop is None or mark < stop):
                stop = mark
        return stop

    def _move(self, to: datetime) -> None:
        self.at = to
        while self._ahead and self._ahead[-1].at <= to:
            self._pass(self._ahead.pop())

    def _pass(self, mark: _Mark) -> None:
        if isinstance(mark.of, Seat):
            self._stale[mark.of.id] = None
        elif self.closing is None:  # for acts after closing those are barred who were at closing
            (self.bars.begin if mark.begins else self.bars.end)(mark.of)
            self._touch(mark.of.member)

    def _touch(self, person: str) -> None:
        """Whether the person is barred has changed, and with it every seat they might have a say in."""
        self._stale |= dict.fromkeys(self.box.seats_voted_for_by(person))
        if person in self.inputs.held:
            self._stale[self.inputs.held[person].id] = None
        if person in self._alternates:
            self._stale[self._alternates[person]] = None

    def _forget(self) -> None:
        self._count = None

    # What events and steps do

    def open(self) -> None:
        """The clock starts."""
        calendar = self.inputs.calendar
        self.state = "open"
        self._opened_at = self.at
        self._deadline_day = calendar.working_day_after(self.today, self.rules.deadline_days)
        self.bars.open()
        self._set_clock()

    def pause(self, state: Literal["returned", "deferred"], until: datetime | None) -> None:
        """The clock stops; ballots stay."""
        self.state = state
        self._paused_at = self.at
        self._resumes_at = until
        self.closes_at = None
        self.min_open_until = None

    def resume(self) -> None:
        """The clock goes on with the working days that remained, at least one."""
        calendar = self.inputs.calendar
        paused_on = calendar.local_date(self._paused_at)
        remaining = max(1, calendar.working_days_between(paused_on, self._deadline_day))
        self.state = "open"
        self._paused += self.at - self._paused_at
        self._deadline_day = calendar.working_day_after(self.today, remaining)
        self._set_clock()

    def end(self, outcome: Literal["withdrawn", "superseded"], cause: Cause) -> None:
        """The case ends without counting any ballot."""
        self.box.void()
        self._forget()
        self._close(outcome, early=False, cause=cause)

    def cast(self, ballot: Ballot) -> None:
        """An accepted ballot goes into the box."""
        self.box.accept(ballot)
        if self._count is not None:
            self._count.enter(ballot.seat, ballot)

    def recuse(self, person: str) -> None:
        """A person steps out of the case."""
        self.bars.recuse(person)
        self._touch(person)

    def declare_conflict(self, person: str) -> None:
        """A person is barred by a declared conflict."""
        self.bars.declare(person)
        self._touch(person)

    def add_seat(self, event: Event) -> None:
        """A new seat is in the committee from now on."""
        self._added.add(event.index)
        if event.added is not None:
            self._stale[event.added.id] = None

    def end_seat(self, seat: str) -> None:
        """A seat leaves the committee for good."""
        self._ended.add(seat)
        self._stale[seat] = None

    def _set_clock(self) -> None:
        end = self.inputs.calendar.end_of(self._deadline_day) or LATEST
        self.min_open_until = later(self._opened_at, self.rules.min_open_hours, self._paused)
        self.closes_at = max(end, self.min_open_until)

    def _decide(self, verdict: str, early: bool) -> None:
        outcome = verdict
        if verdict == "approved" and any(
            b.choice == "approve" and b.conditions for b in self.count().ballots.values()
        ):
            outcome = "approved_with_conditions"
        self._close(outcome, early, None)
        steps = {"inquorate": "auto_inquorate", "expired": "auto_expired"}
        self.ledger.write_step(self.at, steps.get(verdict, "auto_closed"), self.state, self.outcome)

    def _close(self, outcome: str, early: bool, cause: Cause | None) -> None:
        closing = Closing(self.at, outcome, self.count(), self.vacancies(), early, cause)
        self.state = "closed"
        self.closing = closing
        self.closes_at = self.at
        self.min_open_until = None
        self._forget()


def _marks(inputs: Inputs, bars: Bars) -> list[_Mark]:
    """Every instant where a dated fact (term, absence, conflict) begins or ends, the last one first."""
    found: list[_Mark] = []
    for of, period in _dated(inputs.seats.values(), bars.records):
        if period.start != period.end:  # a local date that never was
            found.append(_Mark(period.start, True, of))
            if period.end is not None:
                found.append(_Mark(period.end, False, of))
    return sorted(found, key=lambda mark: mark.at, reverse=True)


def _dated(seats: Iterable[Seat], records: Iterable[Conflict]) -> Iterator[tuple[Seat | Conflict, Period]]:
    for seat in seats:
        yield seat, seat.term
        for absence in seat.absences:
            yield seat, absence
    for record in records:
        yield record, record.period
