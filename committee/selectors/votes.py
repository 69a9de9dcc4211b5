"""For which seats a person may vote in a case now, and who could confirm a condition; asked of the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace

from committee import tallying
from committee.choices import CaseState
from committee.engine.course import Course
from committee.engine.facts import Event, Seat
from committee.engine.refusals import refusal
from committee.engine.roster import presiding_order
from committee.models import Case
from governance.models import User


@dataclass(frozen=True, slots=True)
class Vote:
    """A seat the person may vote for now. `via`: own, alternate, proxy; `person`: whose ballot it is."""

    seat: str
    via: str
    person: str
    voted: bool


def votes_of(user: User, case: Case) -> tuple[Vote, ...]:
    """Own seat first, then as alternate, then by proxy; empty for who may cast none."""
    if case.state != CaseState.OPEN:
        return ()
    course = tallying.course_of(case)
    found = [_vote(course, seat, user) for seat in course.inputs.seats.values()]
    votes = [vote for vote in found if vote is not None]
    return tuple(sorted(votes, key=lambda vote: (_ORDER.index(vote.via), vote.seat)))


_ORDER = ("own", "alternate", "proxy")


def _vote(course: Course, seat: Seat, user: User) -> Vote | None:
    trial = Event(0, course.at, "ballot", user.uid, {}, seat=seat.id)
    if not course.is_known(seat) or refusal(course, trial) is not None:
        return None
    via = "proxy"
    if user.uid == seat.holder.id:
        via = "own"
    elif seat.alternate is not None and seat.alternate.id == user.uid:
        via = "alternate"
    mine = [b for b in course.count().ballots.values() if b.seat == seat.id and b.by.id == user.uid]
    return Vote(seat.id, via, seat.holder.id, bool(mine))


def named_votes(votes: tuple[Vote, ...]) -> tuple[Vote, ...]:
    """The same with the holders' names, in one query."""
    names = {u.uid: str(u) for u in User.objects.filter(uid__in={vote.person for vote in votes})}
    return tuple(replace(vote, person=names.get(vote.person, vote.person)) for vote in votes)


def confirmers(case: Case) -> set[str]:
    """Who could confirm a condition of the case: who presides while nobody is away, and the secretary.

    The deputy confirms only while the chair is away or barred, which nobody can count on; so a condition
    owned by the one who presides needs a secretary.
    """
    course = tallying.course_of(case)
    office = list(course.roster().in_office.values())
    able = [seat for seat in office if not course.bars.is_barred(seat.holder.id)]
    first = presiding_order([replace(seat, absences=()) for seat in able], course.bars, course.at)[:1]
    uids = {seat.holder.id for seat in first} | {course.inputs.secretary or ""}
    return set(User.objects.filter(uid__in=uids, is_active=True).values_list("uid", flat=True))


def presides_now(user: User, case: Case) -> bool:
    """Whether the user presides in the case today; after the closing this may not be who is printed."""
    chair = tallying.course_of(case).roster().chair
    return chair is not None and chair.holder.id == user.uid
