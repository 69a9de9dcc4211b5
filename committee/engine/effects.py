"""What an accepted event does (committee-rules §8)."""

from collections.abc import Callable

from committee.engine.ballots import Ballot, would_sit
from committee.engine.calendar import later
from committee.engine.course import BrokenGlass, Course
from committee.engine.facts import Event, Person, Via


def take_effect(course: Course, event: Event) -> None:
    """Change the course as the event, which is not refused, says."""
    _EFFECTS[event.type](course, event)


def _open(course: Course, event: Event) -> None:
    course.open()


def _ballot(course: Course, event: Event) -> None:
    if event.choice == "recuse":
        course.recuse(event.actor)
        return
    seat = course.inputs.seats[event.seat]
    sitter = would_sit(seat, course.bars)
    via: Via = "own" if sitter is seat.holder else "alternate"
    caster = sitter
    if sitter is None or sitter.id != event.actor:
        via, caster = "proxy", course.inputs.held[event.actor].holder
    course.cast(Ballot(seat.id, caster or Person(event.actor, ""), event.choice, via, event.conditions))


def _returned(course: Course, event: Event) -> None:
    course.pause("returned", None)


def _deferred(course: Course, event: Event) -> None:
    course.pause("deferred", event.until)


def _resumed(course: Course, event: Event) -> None:
    course.resume()


def _withdrawn(course: Course, event: Event) -> None:
    course.end("withdrawn", "withdrawn_by_requester")


def _conflict_declared(course: Course, event: Event) -> None:
    course.declare_conflict(event.member)


def _subject_changed(course: Course, event: Event) -> None:
    if event.digest == course.inputs.question.subject.digest:
        return
    course.void_at = course.void_at or course.at
    if course.state != "closed":
        course.end("superseded", "digest_changed")


def _policy_changed(course: Course, event: Event) -> None:
    if event.version != course.inputs.charter["version"] and course.state != "closed":
        course.end("superseded", "policy_stale")


def _seat_added(course: Course, event: Event) -> None:
    course.add_seat(event)


def _seat_ended(course: Course, event: Event) -> None:
    course.end_seat(event.seat)


def _break_glass(course: Course, event: Event) -> None:
    course.glass = BrokenGlass(course.at, later(course.at, event.hours))


def _revoked(course: Course, event: Event) -> None:
    # A live permit of a closed case is that of its approval, of any other case that of the broken glass.
    if course.state == "closed":
        course.decision_revoked_at = course.at
    else:
        course.glass_revoked_at = course.at


def _condition_met(course: Course, event: Event) -> None:
    course.met_at.setdefault(event.condition, course.at)


_EFFECTS: dict[str, Callable[[Course, Event], None]] = {
    "open": _open,
    "ballot": _ballot,
    "returned": _returned,
    "deferred": _deferred,
    "resumed": _resumed,
    "withdrawn": _withdrawn,
    "conflict_declared": _conflict_declared,
    "subject_changed": _subject_changed,
    "policy_changed": _policy_changed,
    "seat_added": _seat_added,
    "seat_ended": _seat_ended,
    "break_glass": _break_glass,
    "revoked": _revoked,
    "condition_met": _condition_met,
}
