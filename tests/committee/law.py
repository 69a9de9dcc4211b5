"""What tests of law share: drafting, deciding and putting into force, as people of the board."""

from __future__ import annotations

import json
from typing import Any

from committee import actions
from committee.clock import law as clock_law
from committee.models import Case, LawText
from governance.models import Permit, User
from governance.services.people import service_account
from governance.subject_ref import SubjectRef
from tests.committee.conftest import Board, charter

NEW_CHARTER = charter(
    version="charter-2027-1", quorum={"basis": "count", "value": 2} | {"abstentions": True, "proxies": False}
)


def draft(board: Board, kind: str, document: dict[str, Any], **more: Any) -> LawText:
    """A draft by the secretary, who works in the governance team here and holds no seat."""
    return actions.law_draft(actor=writer(board), kind=kind, document=document, **more)


def writer(board: Board) -> User:
    """Somebody of the governance team without a seat, so that the seats can decide."""
    from governance.models import Membership
    from governance.services import people

    team = board.people.teams["governance"]
    if not Membership.objects.filter(team=team, user=board.secretary).exists():
        people.membership_start(actor=None, team=team, user=board.secretary)
    return board.secretary


def proposed(board: Board, kind: str, document: dict[str, Any], **more: Any) -> LawText:
    return actions.law_propose(actor=writer(board), text=draft(board, kind, document, **more))


def raise_case(board: Board, text: LawText) -> Case:
    return actions.case_open(
        actor=writer(board),
        action="adopt",
        subject=SubjectRef(text.kind, text.uid),
        purpose="governance",
        team=board.people.teams["governance"],
    )


def decide(board: Board, text: LawText, *names: str) -> Case:
    """Everybody named approves until the case is closed."""
    case = raise_case(board, text)
    barred = json.loads(case.frame)["case"]["beneficiaries"]
    for name in names or ("carol", "bob", "sam", "erin"):
        if case.state == "open" and board.person(name).uid not in barred:
            case = board.vote(case, **{name: "approve"})
    assert case.outcome == "approved", case.tally["reasons"]
    return case


def clock_user() -> User:
    return service_account("clock")


def in_force(board: Board, kind: str, document: dict[str, Any], **more: Any) -> LawText:
    """Drafted, decided, and put into force by the clock."""
    text = proposed(board, kind, document, **more)
    decide(board, text)
    clock_law.on_law_permit_issued(subject_kind=text.kind, subject_id=text.uid)
    text.refresh_from_db()
    assert text.status == "in_force"
    return text


def revoke(board: Board, text: LawText) -> None:
    """The chair revokes the permit of its adoption, and the clock hears of it."""
    permit = Permit.objects.get(uid=text.adopted_by)
    case = Case.objects.get(number=permit.case_id)
    actions.permit_revoke(actor=board.people.carol, case=case, reason="Adopted by mistake")
    clock_law.on_law_permit_ended(subject_kind="permit", subject_id=permit.uid)


def seat(board: Board, place: str, name: str, **more: Any) -> dict[str, Any]:
    whole = {
        "place": place,
        "member": board.person(name).uid,
        "role": "member",
        "functions": [],
        "team": None,
        "alternate": None,
        "term": {"from": "2026-01-05", "to": None},
    }
    return whole | more
