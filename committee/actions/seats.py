"""Seats that end: a holder resigns, a leaver's seats end with them. Filling a place again takes a case."""

from __future__ import annotations

import logging

from committee import selectors
from committee.actions.checks import said
from committee.exceptions import SeatOver
from committee.forms.seats import LONGEST_REASON
from committee.models import Case, Seat
from committee.services import seats
from governance.exceptions import DomainError
from governance.models import User
from governance.outbox import wake_on_commit
from governance.permissions import allow, is_active
from governance.refusals import governed
from governance.tasks import outbox_send

log = logging.getLogger(__name__)


def seat_resign(*, actor: User, seat: Seat, reason: str) -> Seat:
    """Give up one's own seat now; cases that run go on without it.

    Raises NotPermitted, SeatOver, InvalidInput.
    """
    done = _seat_resign(actor=actor, seat=seat, reason=reason)
    seat_endings_record(done)
    return done


@governed("seat.resign")
def _seat_resign(*, actor: User, seat: Seat, reason: str) -> Seat:
    allow(is_active(actor) and seat.member_id == actor.pk)
    text = said("reason", reason, LONGEST_REASON)
    return seats.seat_end(actor=actor, seat=seat, why=seats.RESIGNED, reason=text)


def leavers_seats_end(*, user: User | None = None) -> int:
    """End the seats of people who have left, of one or of all; called by the clock. Returns how many ended.

    Somebody who is active again by then keeps the seat.
    """
    rows = selectors.seats_of_leavers()
    ended = []
    for seat in rows.filter(member=user) if user else rows:
        try:
            ended.append(seats.seat_end(actor=None, seat=seat, why=seats.LEFT))
        except SeatOver:
            continue  # somebody else ended it meanwhile
    if ended:
        seat_endings_record(*ended)
    return len(ended)


def seat_endings_record(*ended: Seat) -> int:
    """Tell every case that still counts on a seat that ended, of these or of all; how many were told."""
    return sum(_told(case, seat) for case, seat in selectors.seat_endings_pending(*ended))


def _told(case: Case, seat: Seat) -> bool:
    """A case that cannot go on (an altered record, a clock moved back) keeps no other from hearing of it."""
    try:
        told = seats.seat_ending_record(case=case, seat=seat)
    except DomainError as error:
        log.error("case %s: %s", case.number, error.code)
        return False
    if told:
        wake_on_commit(outbox_send.delay)
    return told
