"""The printed result (committee-rules §9 and §13)."""

from collections.abc import Sequence
from typing import Any

from committee.engine.calendar import print_utc
from committee.engine.counting import Count
from committee.engine.course import DECISIONS, Course
from committee.engine.permits import print_permit
from committee.engine.reasons import escalates, find_reasons

_SEALED_COUNTS = ("approve", "reject", "abstain", "capped", "threshold_base", "threshold_needed")


def print_result(
    course: Course, policies: Sequence[str], refused: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The output object: as of now, or of the closing instant once closed; the permit always as of now."""
    closing = course.closing
    count = course.count() if closing is None else closing.count
    hidden = _is_hidden(course, count)
    return {
        "spec": "committee-tally/1",
        "case": course.inputs.question.id,
        "state": course.state,
        "outcome": course.outcome,
        "counts": _counts(count, hidden),
        "reasons": find_reasons(course, count, hidden),
        "closes_at": None if course.closes_at is None else print_utc(course.closes_at),
        "presiding": count.roster.presiding_as(),
        "ineligible": [vacancy.as_dict() for vacancy in course.vacancies()],
        "refused": list(refused),
        "policies": list(policies),
        "effective": course.rules.as_effective(),
        "ballots": None if hidden else [count.ballots[seat].as_dict() for seat in sorted(count.ballots)],
        "resolution": _resolution(course),
        "escalate_to": (
            course.rules.escalate_to if closing is not None and escalates(closing, course.rules) else None
        ),
        "review_case": _review_case(course),
        "permit": print_permit(course),
    }


def _is_hidden(course: Course, count: Count) -> bool:
    viewer = course.inputs.viewer
    if viewer is None or not course.rules.sealed or course.closing is not None:
        return False
    return course.bars.is_barred(viewer) or all(ballot.by.id != viewer for ballot in count.ballots.values())


def _counts(count: Count, hidden: bool) -> dict[str, int | None]:
    counts: dict[str, int | None] = {
        "approve": count.approve,
        "reject": count.reject,
        "abstain": count.choices["abstain"],
        "capped": count.capped,
        "recused": count.roster.recused,
        "eligible": count.roster.eligible,
        "seats": count.roster.seats,
        "quorum_needed": count.roster.quorum_needed,
        "quorum_have": count.quorum_have,
        "threshold_base": count.threshold_base,
        "threshold_needed": count.threshold_needed,
    }
    if hidden:
        counts.update(dict.fromkeys(_SEALED_COUNTS))
    return counts


def _resolution(course: Course) -> str | None:
    closing = course.closing
    if closing is None or closing.outcome not in DECISIONS:
        return None
    year = course.inputs.calendar.local_date(closing.at).year
    return f"{course.inputs.committee}-{year:04d}-{course.inputs.next_resolution:04d}"


def _review_case(course: Course) -> dict[str, str] | None:
    if course.glass is None:
        return None
    return {
        "id": f"{course.inputs.question.id}-review",
        "opened_at": print_utc(course.glass.at),
        "reason": "break_glass",
    }
