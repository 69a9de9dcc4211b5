"""Who is in office, sits and presides at one instant (committee-rules §5)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from committee.engine.ballots import BallotBox, would_sit
from committee.engine.facts import Person, Seat
from committee.engine.persons import Bars
from committee.engine.rules import Requirement, Rules

_RANKS = {"chair": 0, "deputy": 1, "member": 2}
_TITLES = {"chair": "chair", "deputy": "deputy", "member": "acting"}


@dataclass(frozen=True, slots=True)
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


class Roster:
    """The committee now. Seats are entered one by one, and again when something about them has changed."""

    def __init__(self, order: Sequence[Seat], bars: Bars, box: BallotBox, rules: Rules) -> None:
        """`order`: every seat of the input, as `in_order` puts them."""
        self.in_office: dict[str, Seat] = {}
        self.slots: dict[str, Slot] = {}
        self._order = order
        self._bars = bars
        self._box = box
        self._rules = rules
        self._able: set[str] = set()
        self._recused: set[str] = set()
        self._kept = 0
        self._serving: Counter[str] = Counter()
        """Eligible slots per function."""
        self._inquorate: bool | None = None

    @property
    def eligible(self) -> int:
        """Number of slots."""
        return len(self.slots)

    @property
    def seats(self) -> int:
        """All seats: those in office, barred ones too, and kept ones."""
        return len(self.in_office) + self._kept

    @property
    def recused(self) -> int:
        """Seats in office whose holder has recused."""
        return len(self._recused)

    @property
    def quorum_needed(self) -> int:
        """Seats that must be present."""
        return self._rules.quorum_needed(len(self.slots))

    @property
    def impossible(self) -> tuple[str, ...]:
        """Required functions with fewer eligible slots than `min`, by name."""
        return tuple(sorted({r.function for r in self._rules.requirements if self._lacks(r)}))

    @property
    def inquorate(self) -> bool:
        """Whether no ballots whatever could make a decision (committee-rules §6, Verdict)."""
        if self._inquorate is None:  # asked after every event, changed by few
            lacking = any(map(self._lacks, self._rules.requirements))
            self._inquorate = self.eligible < self.quorum_needed or lacking
        return self._inquorate

    @property
    def presiding(self) -> Iterator[Seat]:
        """Those who may preside, in order; the first of them presides."""
        return (seat for seat in self._order if seat.id in self._able)

    @property
    def chair(self) -> Seat | None:
        """The presiding seat."""
        return next(self.presiding, None)

    def presiding_as(self) -> dict[str, str] | None:
        """`{seat, as}` as printed."""
        seat = self.chair
        return None if seat is None else {"seat": seat.id, "as": _TITLES[seat.role]}

    def enter(self, seat: Seat, in_office: bool, at: datetime) -> None:
        """Take the seat as it is at `at`, instead of what was known of it."""
        self._inquorate = None
        self._strike(seat)
        holder = seat.holder.id
        if in_office:
            self.in_office[seat.id] = seat
            if not self._bars.is_barred(holder) and not seat.absent(at):
                self._able.add(seat.id)
            if self._bars.has_recused(holder):
                self._recused.add(seat.id)
        sitter = would_sit(seat, self._bars)
        if sitter is None or (not in_office and self._box.counted(seat, self._bars) is None):
            return
        self.slots[seat.id] = Slot(seat, sitter, _reserve(seat, sitter, self._bars), not in_office)
        self._kept += not in_office
        self._serving.update(seat.functions)

    def _strike(self, seat: Seat) -> None:
        self.in_office.pop(seat.id, None)
        self._able.discard(seat.id)
        self._recused.discard(seat.id)
        slot = self.slots.pop(seat.id, None)
        if slot is not None:
            self._kept -= slot.kept
            self._serving.subtract(seat.functions)

    def _lacks(self, requirement: Requirement) -> bool:
        return self._serving[requirement.function] < requirement.min


def in_order(seats: Iterable[Seat]) -> tuple[Seat, ...]:
    """By (chair, deputy, member), `term.from`, seat id: who comes first presides, if able."""
    return tuple(sorted(seats, key=lambda seat: (_RANKS[seat.role], seat.term.first, seat.id)))


def presiding_order(office: Iterable[Seat], bars: Bars, at: datetime) -> tuple[Seat, ...]:
    """Of the seats in office those whose holders are not barred and not absent, in order of presiding."""
    return in_order(s for s in office if not bars.is_barred(s.holder.id) and not s.absent(at))


def _reserve(seat: Seat, sitter: Person, bars: Bars) -> Person | None:
    other = seat.alternate
    if sitter is not seat.holder or other is None or bars.is_barred(other.id):
        return None
    return other
