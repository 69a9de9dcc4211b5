"""Seats whose holder is barred or not in office (the `ineligible` list, committee-rules §13)."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from committee.engine.facts import Seat
from committee.engine.persons import Bars
from committee.engine.roster import Roster


@dataclass(frozen=True)
class Vacancy:
    """A seat its holder cannot fill. `alternate`: who sits there instead."""

    seat: str
    codes: tuple[str, ...]
    alternate: str | None

    def as_dict(self) -> dict[str, Any]:
        """The vacancy as printed."""
        return {"seat": self.seat, "codes": list(self.codes), "alternate": self.alternate}


def find_vacancies(
    seats: Iterable[Seat], roster: Roster, bars: Bars, ended: Set[str], at: datetime
) -> tuple[Vacancy, ...]:
    """By seat id, over `seats`, which leave out those not yet added."""
    found = []
    for seat in sorted(seats, key=lambda seat: seat.id):
        codes = bars.codes(seat.holder.id) | _office_codes(seat, roster, ended, at)
        if codes:
            found.append(Vacancy(seat.id, tuple(sorted(codes)), _sitting_alternate(seat, roster)))
    return tuple(found)


def _office_codes(seat: Seat, roster: Roster, ended: Set[str], at: datetime) -> set[str]:
    if seat.id in roster.in_office:
        return set()
    if seat.id in roster.slots:
        return {"term_ended_ballot_kept"}
    not_started = at < seat.term.start and seat.id not in ended
    return {"term_not_started" if not_started else "term_ended"}


def _sitting_alternate(seat: Seat, roster: Roster) -> str | None:
    # Only a seat in office has a sitter; a kept seat has but a ballot.
    slot = roster.slots.get(seat.id)
    if slot is None or slot.kept or slot.holder_sits:
        return None
    return slot.sitter.id
