"""What a seat put into force does: the place's present seat ends, the next begins, and cases are told."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from committee import drafting, tallying, waiting
from committee.choices import UNDECIDED, CaseState
from committee.exceptions import CharterInvalid
from committee.models import Case, Committee, LawText, Seat
from committee.selectors.cases import cases_watched
from committee.selectors.seats import counts_on
from committee.services import agenda, cases, closing
from committee.services.law import subject_of
from governance import notices
from governance.database.locks import locked
from governance.exceptions import DomainError

log = logging.getLogger(__name__)

UNREADABLE = (DomainError, ValueError, KeyError, TypeError)
REPLACED, GIVEN_UP, OVER, TAKEN_BACK = "replaced", "given_up", "term_over", "taken_back"


def cases_locked(committee: Committee) -> list[Case]:
    """Cases that hear of a change, then the body, locked: undecided ones, and those with a live permit."""
    rows = Case.objects.filter(Q(state__in=UNDECIDED) | Q(pk__in=cases_watched().values("pk")))
    found = list(locked(rows.filter(committee=committee).order_by("pk")))
    locked(Committee.objects.filter(pk=committee.pk)).get()
    return found


def place_fill(text: LawText) -> dict[str, Any]:
    """Let the place be as the text says. What was done, for the ledger."""
    _end_over(text)
    present = waiting.present_seat(text)
    if present is not None and waiting.renews(text):
        _renew(present, text)
        return {"seat": present.code, "renewed": 1}
    ended = present.code if present else ""
    if present is not None:
        _end(present, GIVEN_UP if text.repeals else REPLACED)
    added = None if text.repeals else _add(text)
    told = _tell(text.committee, present, added)
    return {"seat": added.code if added else "", "ended": ended, "cases": told}


def place_restore(text: LawText, former: LawText | None) -> dict[str, Any]:
    """Take back what a text did, and let the one before hold where its person is still free to sit."""
    present = waiting.present_seat(text)
    back = former if former is not None and not former.repeals and _free(former) else None
    if back is not None and present is not None and waiting.renews(back):
        _renew(present, back)
        return {"seat": present.code, "renewed": 1}
    ended = present.code if present else ""
    if present is not None:
        _end(present, TAKEN_BACK)
    if back is not None:
        _end_over(back)
    elif former is not None and not former.repeals:
        agenda.entry_add(text.committee, "place_vacant", subject_of(former), place=text.code)
    added = _add(back) if back is not None else None
    told = _tell(text.committee, present, added)
    return {"seat": added.code if added else "", "ended": ended, "cases": told}


def _free(text: LawText) -> bool:
    """Whether the person of an earlier text may still sit there: in the company, and nowhere else."""
    try:
        drafting.check_people(text)
    except CharterInvalid:
        return False
    return drafting.seat_of(text).member.is_active


def _add(text: LawText) -> Seat:
    seat = drafting.seat_of(text)
    seat.save(force_insert=True)
    return seat


def _renew(seat: Seat, text: LawText) -> None:
    """The same person in the same place: the seat goes on, with its absences and delegations."""
    new = drafting.seat_of(text)
    Seat.objects.filter(pk=seat.pk, ended_at=None).update(
        role=new.role,
        functions=new.functions,
        team=new.team,
        alternate=new.alternate,
        term_from=new.term_from,
        term_to=new.term_to,
    )


def _end(seat: Seat, why: str) -> None:
    Seat.objects.filter(pk=seat.pk, ended_at=None).update(ended_at=timezone.now(), ended_why=why)
    seat.refresh_from_db()


def _end_over(text: LawText) -> None:
    """Seats whose term ran out end on its last day: of this place, and of who is to sit here now."""
    over = Seat.objects.filter(
        committee=text.committee, ended_at=None, term_to__lt=timezone.localdate()
    ).select_related("member")
    for seat in over:
        if seat.place == text.code or seat.member.uid == text.data["member"]:
            Seat.objects.filter(pk=seat.pk, ended_at=None).update(ended_at=_end_of(seat), ended_why=OVER)


def _end_of(seat: Seat) -> dt.datetime:
    """The first instant after the last day of a term, as the site counts days."""
    day = (seat.term_to or timezone.localdate()) + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(), ZoneInfo(timezone.get_current_timezone_name()))


def _tell(committee: Committee, ended: Seat | None, added: Seat | None) -> int:
    """Events for the cases concerned; a case that counts the person already hears of no new seat."""
    found = cases_locked(committee)
    return sum(attempt(case, lambda c: _tell_one(c, ended, added)) for case in found)


def attempt(case: Case, step: Callable[[Case], bool]) -> bool:
    """One case whose record cannot be read keeps the law from nobody: it goes onto the agenda instead."""
    try:
        with transaction.atomic():
            return step(case)
    except UNREADABLE as error:
        log.error("case %s cannot be told of changed law: %r", case.number, error)
        agenda.entry_add(case.committee, "law_not_told", closing.subject_of(case), number=case.number)
        return False


def _tell_one(case: Case, ended: Seat | None, added: Seat | None) -> bool:
    events = [json.loads(text) for text in _seat_events(case)]
    told = False
    # The new seat first: a case must not close for want of a function between the two.
    if added is not None and not _named(added) & waiting.people_in(case):
        fields = {"seat": tallying.seat_frame(added)}
        done = cases.case_event_record(actor=None, case=case, type="seat_added", fields=fields)
        if done.state == CaseState.OPEN:
            notices.send([added.member], "case_opened", closing.subject_of(done), number=done.number)
        told = True
    if ended is not None and counts_on(case, ended, events):
        cases.case_event_record(actor=None, case=case, type="seat_ended", fields={"seat": ended.code})
        told = True
    return told


def _seat_events(case: Case) -> Iterable[str]:
    return case.events.filter(type__in=("seat_added", "seat_ended")).values_list("data", flat=True)


def _named(seat: Seat) -> set[str]:
    return {seat.member.uid} | ({seat.alternate.uid} if seat.alternate else set())
