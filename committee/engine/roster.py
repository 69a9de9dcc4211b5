"""Who is in office, sits and presides at one instant (committee-rules §5)."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from committee.engine.ballots import BallotBox, would_sit
from committee.engine.facts import Person, Seat
from committee.engine.persons import Bars
from committee.engine.rules import Requirement, Rules

_RANKS = {"chair": 0, "deputy": 1, "member": 2}
_TITLES = {"chair": "chair", "deputy": "deputy", "member": "acting"}


@dataclass(frozen=True)
class Slot:
    """An eligible seat. `reserve`: unbarred alternate of a sitting holder. `kept`: a leaver's ballot."""

    seat: Seat
    sitter: Person
    reserve: Person | None
    kept: bool

    @property
    def holder_sits(self) -> bool:
        """Whether the sitter is the holder."""
        return self.sitter is self.seat.holder


@dataclass(frozen=True)
class Roster:
    """The committee at one instant. `presiding`: those who may preside, the first of them presides."""

    in_office: Mapping[str, Seat]
    slots: Mapping[str, Slot]
    presiding: tuple[Seat, ...]
    recused: int
    quorum_needed: int
    impossible: tuple[str, ...]
    """Required functions with fewer eligible slots than `min`, by name."""

    @property
    def eligible(self) -> int:
        """Number of slots."""
        return len(self.slots)

    @property
    def seats(self) -> int:
        """All seats: those in office, barred ones too, and kept ones."""
        return len(self.in_office) + sum(slot.kept for slot in self.slots.values())

    @property
    def inquorate(self) -> bool:
        """Whether no ballots whatever could make a decision (committee-rules §6, Verdict)."""
        return self.eligible < self.quorum_needed or bool(self.impossible)

    @property
    def chair(self) -> Seat | None:
        """The presiding seat."""
        return self.presiding[0] if self.presiding else None

    def presiding_as(self) -> dict[str, str] | None:
        """`{seat, as}` as printed."""
        seat = self.chair
        return None if seat is None else {"seat": seat.id, "as": _TITLES[seat.role]}


def in_office(known: Iterable[Seat], ended: Set[str], at: datetime) -> dict[str, Seat]:
    """Of the seats known so far those inside their term and not ended."""
    return {seat.id: seat for seat in known if seat.id not in ended and seat.term.holds(at)}


def presiding_order(office: Iterable[Seat], bars: Bars, at: datetime) -> tuple[Seat, ...]:
    """Holders in office, not barred, not absent, by (chair, deputy, member), `term.from`, seat id."""
    able = [seat for seat in office if not bars.is_barred(seat.holder.id) and not seat.absent(at)]
    return tuple(sorted(able, key=lambda seat: (_RANKS[seat.role], seat.term.first, seat.id)))


def call_roll(
    seats: Iterable[Seat], office: Mapping[str, Seat], bars: Bars, box: BallotBox, rules: Rules, at: datetime
) -> Roster:
    """The roster at `at`; `seats` are all of the input, `office` those in office."""
    slots: dict[str, Slot] = {}
    for seat in seats:
        kept = seat.id not in office
        sitter = would_sit(seat, bars)
        if sitter is None or (kept and box.counted(seat, bars) is None):
            continue
        slots[seat.id] = Slot(seat, sitter, _reserve(seat, sitter, bars), kept)
    return Roster(
        in_office=office,
        slots=slots,
        presiding=presiding_order(office.values(), bars, at),
        recused=sum(bars.has_recused(seat.holder.id) for seat in office.values()),
        quorum_needed=rules.quorum_needed(len(slots)),
        impossible=_impossible(rules.requirements, slots.values()),
    )


def _reserve(seat: Seat, sitter: Person, bars: Bars) -> Person | None:
    other = seat.alternate
    if sitter is not seat.holder or other is None or bars.is_barred(other.id):
        return None
    return other


def _impossible(requirements: Iterable[Requirement], slots: Iterable[Slot]) -> tuple[str, ...]:
    serving: dict[str, int] = {}
    for slot in slots:
        for function in slot.seat.functions:
            serving[function] = serving.get(function, 0) + 1
    return tuple(sorted({r.function for r in requirements if serving.get(r.function, 0) < r.min}))
