"""Reminders: each once, to exactly those whose act is missing. Rows of `Reminder` say what was sent.

A reminder is due from eight in the morning of its day. It writes no ledger row: nothing governed changes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from committee import calendars, tallying
from committee.choices import CaseState
from committee.engine.calendar import Calendar
from committee.engine.course import Course
from committee.engine.roster import Slot
from committee.models import Case, Reminder
from committee.permissions import presiding_seat
from committee.selectors.sleeping import awake_from
from committee.services.closing import subject_of
from governance import notices, permits
from governance.choices import PermitEventKind, PermitKind, PermitStatus
from governance.models import Membership, Permit, User
from governance.subject_ref import SubjectRef

MORNING = dt.timedelta(hours=8)
CONDITION_DAYS = 3
PERMIT_DAYS = (30, 7)
LIVE = (PermitStatus.ACTIVE, PermitStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Voting:
    """The days of an open case on which somebody is reminded."""

    opened: dt.date
    half: dt.date
    before_last: dt.date
    last: dt.date
    days: Calendar

    def morning(self, day: dt.date) -> dt.datetime:
        return self.days.start_of(day) + MORNING


VotingReminder = Callable[[Case, Course, Voting], int]


def calendar_of(case: Case) -> Calendar:
    """The calendar the case was framed with."""
    return calendars.engine_calendar(json.loads(case.frame)["calendar"])


def voting_of(case: Case) -> Voting | None:
    """Half of the working days, the last but one and the last; None where no deadline runs."""
    if case.state != CaseState.OPEN or case.closes_at is None or case.opened_at is None:
        return None
    days = calendar_of(case)
    opened = days.local_date(case.opened_at)
    total = days.working_days_between(opened, days.local_date(case.closes_at - dt.timedelta(seconds=1)))
    return Voting(
        opened=opened,
        half=days.working_day_after(opened, (total + 1) // 2),
        before_last=days.working_day_after(opened, max(1, total - 1)),
        last=days.working_day_after(opened, total),
        days=days,
    )


def case_remind(*, case: Case) -> int:
    """Remind of an open case what is due by now; returns how many notices were written.

    What is due is decided without a lock; only a notice that is to be written opens a transaction.
    """
    voting, now = voting_of(case), timezone.now()
    if voting is None or now < min(voting.morning(voting.half), voting.morning(voting.before_last)):
        return 0
    due = [send for code, day, send in _of_voting(voting, now) if not _sent(case, code, day)]
    course = tallying.course_of(case) if due else None
    if course is None or course.state != "open":
        return 0
    return sum(send(case, course, voting) for send in due)


def _of_voting(voting: Voting, now: dt.datetime) -> Iterator[tuple[str, dt.date, VotingReminder]]:
    """The reminders of an open case whose morning has come, the half no more from the last day on."""
    if now >= voting.morning(voting.before_last):
        yield "quorum", voting.last, _quorum
    if now >= voting.morning(voting.last):
        yield "last_day", voting.last, _last_day
    elif now >= voting.morning(voting.half):
        yield "half", voting.opened, _half


def _sent(case: Case, code: str, day: dt.date) -> bool:
    return Reminder.objects.filter(case=case, code=code, day=day).exists()


def _once(case: Case, code: str, day: dt.date, write: Callable[[], int]) -> int:
    """Write the notices of a reminder with its row: of several ticks one does. Returns how many."""
    if _sent(case, code, day):
        return 0
    with transaction.atomic():
        _row, ours = Reminder.objects.get_or_create(case=case, code=code, day=day)
        return write() if ours else 0


def _silent(course: Course) -> list[Slot]:
    """Seats whose sitter has cast no ballot that counts, nor anybody for them."""
    count = course.count()
    return [slot for seat, slot in count.roster.slots.items() if seat not in count.ballots]


def _send(case: Case, code: str, uids: Iterable[str], **params: Any) -> int:
    people = User.objects.filter(uid__in=set(uids))
    return notices.send(people, code, subject_of(case), number=case.number, **params)


def _half(case: Case, course: Course, voting: Voting) -> int:
    silent = _silent(course)
    uids, last = [slot.sitter.id for slot in silent], voting.last.isoformat()
    if not silent:
        return 0
    return _once(case, "half", voting.opened, lambda: _send(case, "case_reminder_half", uids, last=last))


def _last_day(case: Case, course: Course, voting: Voting) -> int:
    """The sitters, and those who could act in their stead; the secretary hears how many are missing."""
    silent = _silent(course)
    if not silent:
        return 0
    return _once(case, "last_day", voting.last, lambda: _tell_last_day(case, course, silent))


def _tell_last_day(case: Case, course: Course, silent: list[Slot]) -> int:
    sent = _send(case, "case_reminder_last_day", [slot.sitter.id for slot in silent])
    for slot in silent:
        people = stand_ins(course, slot)
        sent += _send(case, "case_reminder_stand_in", people, seat=slot.seat.id)
    secretary = json.loads(case.frame)["committee"].get("secretary")
    return sent + _send(case, "case_reminder_silence", [secretary] if secretary else [], count=len(silent))


def stand_ins(course: Course, slot: Slot) -> set[str]:
    """The seat's alternate, and holders who may cast its ballot today by delegation."""
    found = {slot.reserve.id} if slot.reserve else set()
    for other in course.roster().slots.values():
        if other.seat.id == slot.seat.id or not other.holder_sits or other.seat.absent(course.at):
            continue
        if slot.holder_sits and course.delegations.refusal(slot.seat.id, other.seat.id, course.today) is None:
            found.add(other.sitter.id)
    return found


def _quorum(case: Case, course: Course, voting: Voting) -> int:
    """To the presiding member, while the quorum is missing near the end."""
    count, roster = course.count(), course.roster()
    have, needed = count.quorum_have, roster.quorum_needed
    if have >= needed or roster.chair is None:
        return 0
    words = {"last": voting.last.isoformat(), "have": have, "needed": needed}
    chair = [roster.chair.holder.id]
    return _once(case, "quorum", voting.last, lambda: _send(case, "case_reminder_quorum", chair, **words))


def permit_remind(*, case: Case) -> int:
    """Remind of a permit's open conditions and of its end; returns how many notices were written."""
    rows = Permit.objects.filter(case_id=case.number, kind=PermitKind.DECISION)
    permit = rows.select_related("decision").prefetch_related("events").first()
    if permit is None or permits.status_of(permit) not in LIVE:
        return 0
    return _conditions(case, permit) + sum(_ending(case, permit, days) for days in PERMIT_DAYS)


def _conditions(case: Case, permit: Permit) -> int:
    met = {e.condition for e in permit.events.all() if e.kind == PermitEventKind.CONDITION_MET}
    open_ones = [c for c in permit.conditions if c["id"] not in met and c.get("due_end")]
    return sum(_condition(case, condition) for condition in open_ones)


def _condition(case: Case, condition: dict[str, Any]) -> int:
    """To its owner and the presiding member: three working days before it is due, and on the day."""
    days, now = calendar_of(case), timezone.now()
    due = dt.date.fromisoformat(condition["due"])
    soon, left = due, CONDITION_DAYS
    while left:
        soon -= dt.timedelta(days=1)
        left -= days.is_working_day(soon)
    word = "today" if now >= days.start_of(due) + MORNING else "soon"
    over = now >= dt.datetime.fromisoformat(condition["due_end"])
    if over or now < days.start_of(soon) + MORNING:
        return 0
    return _once(
        case, f"condition_{word}:{condition['id']}", due, lambda: _tell_condition(case, condition, word)
    )


def _tell_condition(case: Case, condition: dict[str, Any], word: str) -> int:
    seat = presiding_seat(case.committee)
    uids = [condition["owner"], *([seat.member.uid] if seat else [])]
    return _send(case, f"condition_due_{word}", uids, condition=condition["id"], due=condition["due"])


def _ending(case: Case, permit: Permit, before: int) -> int:
    """To the holder, so many days before the end; not where the whole permit is as short as that."""
    span, left = dt.timedelta(days=before), permit.valid_until - timezone.now()
    later = [dt.timedelta(days=days) for days in PERMIT_DAYS if days < before]
    if left > span or left <= max(later, default=dt.timedelta()):
        return 0
    last = calendar_of(case).local_date(permit.valid_until - dt.timedelta(seconds=1))
    if permit.valid_until - permit.valid_from <= span:
        return 0
    words = {"action": permit.action, "purpose": permit.purpose, "last": last.isoformat()}
    about = SubjectRef("permit", permit.uid, permit.subject_digest)
    return _once(
        case,
        f"permit_ends_{before}",
        last,
        lambda: notices.send(_holders(permit), "permit_ends", about, **words),
    )


def _holders(permit: Permit) -> list[User]:
    kind, _colon, uid = permit.holder.partition(":")
    if kind == "user":
        return list(User.objects.filter(uid=uid))
    members = Membership.objects.filter(team__uid=uid).current()
    return list(User.objects.filter(pk__in=members.values("user")))


def case_nag(*, case: Case) -> int:
    """Tell who has to move a case that is asleep, at most once in as many working days as it may sleep."""
    since = awake_from(case.committee)
    rows = case.reminders.filter(code="asleep").order_by("-at")
    last = rows.values_list("at", flat=True).first()
    today = calendar_of(case).local_date(timezone.now())
    if last is not None and last >= since:
        return 0
    return _once(case, "asleep", today, lambda: _send(case, f"case_asleep_{case.state}", _who_moves(case)))


def _who_moves(case: Case) -> list[str]:
    """The requester of a draft or a returned case; whoever presides, of a deferred one."""
    if case.state != CaseState.DEFERRED:
        return [case.requester.uid]
    seat = presiding_seat(case.committee)
    return [seat.member.uid] if seat else []
