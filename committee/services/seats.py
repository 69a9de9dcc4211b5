"""Seats that end with their holder: who leaves the company, who resigns; and the cases told of it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from committee.exceptions import SeatOver
from committee.models import Case, Committee, Seat
from committee.permissions import presiding_seat
from committee.selectors.seats import counts_on, seat_events
from committee.services import cases
from governance import ledger, notices
from governance.database.locks import locked
from governance.models import User
from governance.subject_ref import SubjectRef

LEFT, RESIGNED = "left", "resigned"


@transaction.atomic
def seat_end(*, actor: User | None, seat: Seat, why: str, reason: str = "") -> Seat:
    """End a seat now, by compare-and-set; its place is vacant until a case fills it. Raises SeatOver.

    Cases are told one by one afterwards (`seat_ending_record`): one that cannot go on keeps no other waiting.
    """
    now = timezone.now()
    if not Seat.objects.filter(pk=seat.pk, ended_at=None).update(ended_at=now, ended_why=why):
        raise SeatOver
    seat.refresh_from_db()
    subject = SubjectRef("committee", seat.committee.uid)
    words = {"person": seat.member.name, "place": seat.place}
    notices.send(_told(seat.committee), f"seat_{why}", subject, **words)
    data = {"seat": seat.code, "place": seat.place, "member": seat.member.uid, "why": why, "reason": reason}
    ledger.append(type="seat.ended", actor=actor, subject=subject, data=data)
    return seat


def _told(committee: Committee) -> list[User]:
    """Secretary and presiding member: they see to it that the place is filled."""
    presiding = presiding_seat(committee)
    people = [committee.secretary, presiding.member if presiding else None]
    return [user for user in people if user is not None]


@transaction.atomic
def seat_ending_record(*, case: Case, seat: Seat) -> bool:
    """Tell one case that the seat ended, once; False where it knows or never counted on the seat."""
    fresh = locked(Case.objects.filter(pk=case.pk)).get()
    if not counts_on(fresh, seat, seat_events([fresh])[fresh.pk]):
        return False
    cases.case_event_record(actor=None, case=fresh, type="seat_ended", fields={"seat": seat.code})
    return True
