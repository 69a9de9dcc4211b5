"""What an approval or a broken glass unlocks (committee-rules §8 adoption, §10)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from committee.engine.ballots import Ballot
from committee.engine.calendar import LATEST, Calendar, print_utc
from committee.engine.course import Closing, Course
from committee.engine.facts import Condition
from governance.record.permit import ConditionFacts, PermitFacts, condition_status, permit_status


def adopted_conditions(ballots: Mapping[str, Ballot]) -> dict[str, Condition]:
    """Conditions of all counted approve ballots, by id.

    Of the same id: owner and evidence of the lowest seat id, the earliest `due`, and `before_use` wins.
    """
    adopted: dict[str, Condition] = {}
    for seat in sorted(ballots):
        if ballots[seat].choice != "approve":
            continue
        for condition in ballots[seat].conditions:
            first = adopted.get(condition.id)
            adopted[condition.id] = condition if first is None else _strictest(first, condition)
    return dict(sorted(adopted.items()))


def conditions_of(course: Course) -> dict[str, Condition]:
    """The conditions the case's approval adopted; empty without one."""
    if course.closing is None or not _approves(course.closing):
        return {}
    return adopted_conditions(course.closing.count.ballots)


def permit_facts(course: Course) -> PermitFacts | None:
    """The facts of the permit that holds now: an approval's replaces that of a broken glass."""
    closing, glass = course.closing, course.glass
    if closing is not None and _approves(closing):
        return PermitFacts(
            kind="decision",
            valid_from=closing.at,
            valid_until=_end_of_validity(course.inputs.calendar, closing, course.rules.validity_days),
            conditions=tuple(
                ConditionFacts(c.id, c.when, c.due_end, course.met_at.get(c.id))
                for c in conditions_of(course).values()
            ),
            revoked_at=course.decision_revoked_at,
            void_at=course.void_at,
        )
    if glass is None:
        return None
    return PermitFacts(
        kind="break_glass",
        valid_from=glass.at,
        valid_until=glass.until,
        revoked_at=course.glass_revoked_at,
        void_at=course.void_at,
        ended_at=None if closing is None else closing.at,
    )


def permit_is_live(course: Course) -> bool:
    """Whether a permit is active or suspended now."""
    facts = permit_facts(course)
    return facts is not None and permit_status(facts, course.at) in ("active", "suspended")


def print_permit(course: Course) -> dict[str, Any] | None:
    """The object `permit` of the output, as of now."""
    facts = permit_facts(course)
    if facts is None:
        return None
    question = course.inputs.question
    adopted = conditions_of(course)
    return {
        "kind": facts.kind,
        "case": question.id,
        "subject": question.subject.as_dict(),
        "action": question.action,
        "purpose": question.purpose,
        "status": permit_status(facts, course.at),
        "valid_from": print_utc(facts.valid_from),
        "valid_until": print_utc(facts.valid_until),
        "conditions": [
            {
                "id": condition.id,
                "owner": adopted[condition.id].owner,
                "due": adopted[condition.id].due.isoformat(),
                "when": condition.when,
                "status": condition_status(condition, course.at),
            }
            for condition in facts.conditions
        ],
    }


def _approves(closing: Closing) -> bool:
    return closing.outcome in ("approved", "approved_with_conditions")


def _strictest(first: Condition, other: Condition) -> Condition:
    sooner = min(first, other, key=lambda condition: condition.due)
    urgent = "before_use" in (first.when, other.when)
    return Condition(
        id=first.id,
        owner=first.owner,
        due=sooner.due,
        due_end=sooner.due_end,
        when="before_use" if urgent else "by_due",
        evidence=first.evidence,
    )


def _end_of_validity(calendar: Calendar, closing: Closing, days: int) -> datetime:
    try:
        last = calendar.local_date(closing.at) + timedelta(days=days)
    except OverflowError:
        last = date.max
    return calendar.end_of(last) or LATEST
