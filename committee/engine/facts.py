"""The case as typed, frozen facts: what `reading` makes of the checked JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal

from committee.engine.calendar import Calendar

Choice = Literal["approve", "reject", "abstain", "recuse"]
Via = Literal["own", "proxy", "alternate"]


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates `from..to`, as the instants from `start` until `end` (None: no end)."""

    first: date
    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies inside."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Person:
    """Who may sit in a seat; the team belongs to the person (committee-rules §1)."""

    id: str
    team: str


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the committee. `added`: index of the `seat_added` event, None for a seat of the list."""

    id: str
    holder: Person
    role: Literal["chair", "deputy", "member"]
    functions: frozenset[str]
    term: Period
    alternate: Person | None
    absences: tuple[Period, ...]
    added: int | None = None

    def absent(self, at: datetime) -> bool:
        """Whether the holder is absent at `at`."""
        return any(absence.holds(at) for absence in self.absences)


@dataclass(frozen=True, slots=True)
class Delegation:
    """`principal` seat lets the holder of the `delegate` seat cast its ballot. Scope: None = not given."""

    id: str
    principal: str
    delegate: str
    first: date
    last: date
    actions: frozenset[str] | None
    kinds: frozenset[str] | None
    max_level: int | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record that may bar `member`."""

    id: str
    member: str
    period: Period
    cases: frozenset[str]
    subjects: frozenset[str]
    parties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is decided about: kind, id and content digest."""

    kind: str
    id: str
    digest: str

    def as_dict(self) -> dict[str, str]:
        """The subject as printed."""
        return {"kind": self.kind, "id": self.id, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Question:
    """The case itself: the action asked for, on what, by whom."""

    id: str
    action: str
    subject: Subject
    level: int
    purpose: str
    rows_changed: int
    rows_total: int
    downstream_models: int
    requester: str
    requesting_team: str
    contributors: frozenset[str]
    beneficiaries: frozenset[str]

    @property
    def rows_share(self) -> Fraction:
        """rows_changed / rows_total; of an empty whole 1 if any row changed, else 0 (committee-rules §4)."""
        if self.rows_total == 0:
            return Fraction(1 if self.rows_changed else 0)
        return Fraction(self.rows_changed, self.rows_total)

    @property
    def parties(self) -> frozenset[str]:
        """Requester, requesting team, contributors and beneficiaries."""
        return self.contributors | self.beneficiaries | {self.requester, self.requesting_team}


@dataclass(frozen=True, slots=True)
class Condition:
    """What an approve ballot asks for. `due_end`: end of the local due day, None = no end."""

    id: str
    owner: str
    due: date
    due_end: datetime | None
    when: Literal["before_use", "by_due"]
    evidence: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Fields a type does not have keep their empty value; `data` is what the ledger holds."""

    index: int
    at: datetime
    type: str
    by: str | list[str]
    data: Mapping[str, Any]
    seat: str = ""
    choice: Choice = "abstain"
    text: str = ""  # rationale, reason or evidence
    conditions: tuple[Condition, ...] = ()
    member: str = ""
    until: datetime | None = None
    until_date: date = date.min
    digest: str = ""
    version: str = ""
    hours: int = 0
    condition: str = ""
    added: Seat | None = None

    @property
    def actor(self) -> str:
        """The one person who acts; "" where two act together."""
        return self.by if isinstance(self.by, str) else ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is added to the charter for matching cases; `match` and `set` as in the schema."""

    id: str
    match: Mapping[str, Any]
    set: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything the tally is computed from. `seats` holds those of `seat_added` too, by id."""

    now: datetime
    viewer: str | None
    calendar: Calendar
    committee: str
    secretary: str | None
    next_resolution: int
    charter: Mapping[str, Any]
    policies: tuple[Policy, ...]
    seats: Mapping[str, Seat]
    delegations: tuple[Delegation, ...]
    conflicts: tuple[Conflict, ...]
    question: Question
    events: tuple[Event, ...]
    held: Mapping[str, Seat] = field(default_factory=dict)
    """The seat each person holds."""
