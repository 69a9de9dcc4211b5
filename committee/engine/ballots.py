"""Accepted ballots, and which of a seat's ballots counts (committee-rules §5)."""

from collections.abc import Iterable
from dataclasses import dataclass

from committee.engine.facts import Choice, Condition, Person, Seat, Via
from committee.engine.persons import Bars


@dataclass(frozen=True, slots=True)
class Ballot:
    """An accepted approve, reject or abstain ballot. `by` carries the team of the caster."""

    seat: str
    by: Person
    choice: Choice
    via: Via
    conditions: tuple[Condition, ...] = ()

    def as_dict(self) -> dict[str, str]:
        """The ballot as printed."""
        return {"seat": self.seat, "by": self.by.id, "choice": self.choice, "via": self.via}


def would_sit(seat: Seat, bars: Bars) -> Person | None:
    """The holder if not barred, else the alternate if not barred, else nobody."""
    if not bars.is_barred(seat.holder.id):
        return seat.holder
    if seat.alternate is not None and not bars.is_barred(seat.alternate.id):
        return seat.alternate
    return None


class BallotBox:
    """Every accepted ballot that may still come to count."""

    def __init__(self) -> None:
        self._in_person: dict[tuple[str, str], Ballot] = {}
        self._proxies: dict[str, list[Ballot]] = {}
        self._seats_by_caster: dict[str, dict[str, None]] = {}

    def accept(self, ballot: Ballot) -> None:
        """Put an accepted ballot in; the last of one person for one seat replaces the earlier ones."""
        if ballot.via == "proxy":
            self._proxies.setdefault(ballot.seat, []).append(ballot)
            self._seats_by_caster.setdefault(ballot.by.id, {})[ballot.seat] = None
        else:
            self._in_person[ballot.seat, ballot.by.id] = ballot

    def in_person(self, seat: Seat, person: Person) -> Ballot | None:
        """The person's own last ballot for the seat."""
        return self._in_person.get((seat.id, person.id))

    def counted(self, seat: Seat, bars: Bars) -> Ballot | None:
        """The one ballot that counts for the seat now, whether it is in office or not.

        The present sitter's own; if none and the holder sits, the last proxy whose caster is not barred now:
        an earlier proxy revives when a later caster is barred.
        """
        sitter = would_sit(seat, bars)
        if sitter is None:
            return None
        own = self.in_person(seat, sitter)
        if own is not None or sitter is not seat.holder:
            return own
        proxies = reversed(self._proxies.get(seat.id, []))
        return next((ballot for ballot in proxies if not bars.is_barred(ballot.by.id)), None)

    def seats_voted_for_by(self, caster: str) -> Iterable[str]:
        """The seats for which the person ever cast a proxy ballot."""
        return self._seats_by_caster.get(caster, ())

    def void(self) -> None:
        """Withdrawn and superseded cases count no ballots at all."""
        self._in_person.clear()
        self._proxies.clear()
        self._seats_by_caster.clear()
