"""Questions and answers of a case, and who may answer."""

from __future__ import annotations

import json

from catalog import selectors as catalog
from committee import tallying
from committee.kinds.wholes import Whole, whole_of
from committee.models import Case, Question
from governance.models import Membership, Standard, User

ANSWERING_ROLES = frozenset({"owner", "steward", "custodian"})


def questions_of(case: Case) -> list[Question]:
    """Oldest first, each with its answers, in two queries."""
    rows = case.questions.select_related("by").prefetch_related("answers__by")
    return list(rows)


def question_by_uid(case: Case, uid: str) -> Question | None:
    return case.questions.select_related("case__requester", "by").filter(uid=uid).first()


def may_answer(user: User, case: Case) -> bool:
    """Requester, contributors, requesting team, those who care for the subject, seats and secretary."""
    frame = json.loads(case.frame)
    asked = frame["case"]
    known = {asked["requester"], *asked["contributors"], frame["committee"].get("secretary")}
    for seat in tallying.seats_known(case):
        known |= {seat["member"], (seat.get("alternate") or {}).get("member")}
    if user.uid in known:
        return True
    team = Membership.objects.filter(user=user, team_id=case.requesting_team_id).current()
    return team.exists() or _cares(user, whole_of(case.subject_kind, case.subject_id))


def _cares(user: User, whole: Whole | None) -> bool:
    if whole is None:
        return False
    if whole.kind == "dataset":
        roles = catalog.roles_today(whole.uid)
        return any(uid == user.uid and role in ANSWERING_ROLES for uid, role in roles)
    return whole.kind == "standard" and Standard.objects.filter(uid=whole.uid, owner=user).exists()
