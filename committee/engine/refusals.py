"""Which events are refused, and with which code (committee-rules §5, §8, §10)."""

from collections.abc import Callable

from committee.engine.ballots import would_sit
from committee.engine.course import Course
from committee.engine.facts import Event, Seat
from committee.engine.permits import conditions_of, permit_is_live


def refusal(course: Course, event: Event) -> str | None:
    """The first code that applies, None if the event is accepted. Facts are never refused."""
    check = _CHECKS.get(event.type)
    return None if check is None else check(course, event)


def _blank(event: Event) -> str | None:
    return None if event.text.strip() else "rationale_missing"


def _wrong_state(course: Course, *states: str) -> str | None:
    if course.state in states:
        return None
    return "case_closed" if course.state == "closed" else "wrong_state"


def _allowed(event: Event, *persons: str | None) -> str | None:
    return None if event.actor in persons else "actor_not_allowed"


def _presiding(course: Course) -> str | None:
    chair = course.roster().chair
    return None if chair is None else chair.holder.id


def _open(course: Course, event: Event) -> str | None:
    inputs = course.inputs
    return _wrong_state(course, "draft") or _allowed(event, inputs.question.requester, inputs.secretary)


def _returned(course: Course, event: Event) -> str | None:
    return _wrong_state(course, "open") or _allowed(event, _presiding(course)) or _blank(event)


def _deferred(course: Course, event: Event) -> str | None:
    code = _returned(course, event)
    if code is None and event.until_date <= course.today:
        return "bad_until"
    return code


def _resumed(course: Course, event: Event) -> str | None:
    by = course.inputs.question.requester if course.state == "returned" else _presiding(course)
    return _wrong_state(course, "returned", "deferred") or _allowed(event, by)


def _withdrawn(course: Course, event: Event) -> str | None:
    return _wrong_state(course, "draft", "open", "returned", "deferred") or _allowed(
        event, course.inputs.question.requester
    )


def _conflict_declared(course: Course, event: Event) -> str | None:
    if course.state == "closed":
        return "case_closed"
    allowed = _allowed(event, event.member, _presiding(course), course.inputs.secretary)
    return allowed or _blank(event)


def _revoked(course: Course, event: Event) -> str | None:
    if not permit_is_live(course):
        return "permit_not_live"
    return _allowed(event, _presiding(course), course.inputs.secretary) or _blank(event)


def _condition_met(course: Course, event: Event) -> str | None:
    if course.outcome != "approved_with_conditions":
        return "wrong_state"
    if not permit_is_live(course):
        return "permit_not_live"
    condition = conditions_of(course).get(event.condition)
    if condition is None:
        return "unknown_condition"
    if event.actor == condition.owner:
        return "actor_not_allowed"
    return _allowed(event, _presiding(course), course.inputs.secretary)


def _break_glass(course: Course, event: Event) -> str | None:
    if course.state == "closed":
        return "case_closed"
    if course.glass is not None:
        return "break_glass_used"
    people = set(event.by)
    if len(people) != 2:
        return "two_people_required"
    holders = {seat.holder.id for seat in course.roster().in_office.values()}
    if not people <= holders or any(course.bars.is_barred(person) for person in people):
        return "actor_not_allowed"
    if _blank(event):
        return "rationale_missing"
    return "too_long" if event.hours > course.rules.break_glass_max_hours else None


def _ballot(course: Course, event: Event) -> str | None:
    if course.state != "open":
        return "case_closed" if course.state == "closed" else "not_open"
    seat = course.roster().in_office.get(event.seat)
    if seat is None:
        return "seat_not_in_office"
    sitter = would_sit(seat, course.bars)
    if sitter is None:
        return "seat_ineligible"
    code = None
    if event.actor != sitter.id:
        if event.actor == seat.holder.id:
            return "seat_ineligible"
        code = "not_entitled" if sitter is not seat.holder else _proxy(course, event, seat)
    if code is None and event.choice in ("reject", "recuse"):
        return _blank(event)
    return code


def _proxy(course: Course, event: Event, principal: Seat) -> str | None:
    own = course.inputs.held.get(event.actor)
    if own is None:
        return "not_entitled"
    code = course.delegations.refusal(principal.id, own.id, course.today)
    if code is not None:
        return code
    if own.id not in course.roster().in_office:
        return "delegate_not_in_office"
    if course.bars.is_barred(event.actor):
        return "delegate_ineligible"
    if own.absent(course.at):
        return "delegate_absent"
    if event.choice == "recuse":
        return "recuse_is_personal"
    voted = course.box.in_person(principal, principal.holder) is not None
    return "principal_voted" if voted else None


_CHECKS: dict[str, Callable[[Course, Event], str | None]] = {
    "open": _open,
    "ballot": _ballot,
    "returned": _returned,
    "deferred": _deferred,
    "resumed": _resumed,
    "withdrawn": _withdrawn,
    "conflict_declared": _conflict_declared,
    "break_glass": _break_glass,
    "revoked": _revoked,
    "condition_met": _condition_met,
}
