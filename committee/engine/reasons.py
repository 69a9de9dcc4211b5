"""Why the case stands as it does: the sorted reason codes (committee-rules §13)."""

from committee.engine.counting import Count
from committee.engine.course import Closing, Course
from committee.engine.rules import Rules

_PAUSED = {"draft": "not_opened", "returned": "returned_for_information", "deferred": "deferred_to_meeting"}


def find_reasons(course: Course, count: Count, hidden: bool) -> list[str]:
    """Every code of the row that holds, sorted; `hidden`: the viewer may not see how others voted."""
    if course.closing is not None:
        codes = _closed(course.closing, course.rules)
    elif course.state == "open":
        codes = _open(course, count, hidden)
    else:
        codes = {_PAUSED[course.state]}
    if hidden:
        codes.add("sealed")
    chair = count.roster.chair
    if chair is not None and chair.role != "chair":
        codes.add("deputy_presides" if chair.role == "deputy" else "acting_presides")
    return sorted(codes)


def escalates(closing: Closing, rules: Rules) -> bool:
    """Whether the case goes to another committee; without a target escalation is denial or closing."""
    wish = {"expired": rules.on_deadline, "inquorate": rules.on_inquorate}.get(closing.outcome)
    return wish == "escalate" and rules.escalate_to is not None


def _open(course: Course, count: Count, hidden: bool) -> set[str]:
    codes = set()
    if count.quorum_have < count.roster.quorum_needed:
        codes.add("quorum_pending")
    if course.min_open_until is not None and course.at < course.min_open_until:
        codes.add("min_open_running")
    if hidden:
        return codes
    if not count.passes:
        codes.add("majority_pending")
    codes.update(f"composition_pending:{function}" for function in count.unmet())
    return codes | _cap_applied(count)


def _closed(closing: Closing, rules: Rules) -> set[str]:
    count = closing.count
    if closing.cause is not None:
        return {closing.cause}
    if closing.outcome == "inquorate":
        codes = {f"composition_impossible:{function}" for function in count.roster.impossible}
        if count.roster.eligible < count.roster.quorum_needed:
            codes.add("quorum_impossible")
        return codes | ({"escalated"} if escalates(closing, rules) else set())
    if closing.outcome == "expired":
        codes = {f"composition_unmet:{function}" for function in count.unmet()}
        if count.quorum_have < count.roster.quorum_needed:
            codes.add("quorum_not_met")
        return codes | {"deadline_escalated" if escalates(closing, rules) else "deadline_denied"}
    codes = _cap_applied(count) | {"closed_early" if closing.early else "closed_at_deadline"}
    if closing.outcome == "rejected":
        return codes | {_rejection(count)}
    if closing.outcome == "approved_with_conditions":
        codes.add("conditions_attached")
    return codes | {"majority_reached" if count.majority_reached else "casting_vote"}


def _rejection(count: Count) -> str:
    if not count.tied:
        return "majority_not_reached"
    return "tie_failed" if count.casting is None else "casting_vote"


def _cap_applied(count: Count) -> set[str]:
    return {"team_cap_applied"} if count.capped else set()
