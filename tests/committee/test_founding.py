"""Founding is one act, possible once; what the engine cannot read is refused with its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from committee import actions
from committee.exceptions import CharterInvalid, CommitteeExists
from committee.models import Charter, Committee, Policy, Seat
from committee.services.founding import Founding
from demo import company
from governance.exceptions import NotPermitted
from governance.models import AccessRule, LedgerEntry
from tests.committee.conftest import Board, Clock, charter
from tests.people import People, make_people


def plan(people: People, **changes: Any) -> Founding:
    seats = [
        actions.SeatSpec(
            f"seat-{n}", getattr(people, name), "chair" if n == 1 else "member", (), None, "2026-01-05"
        )
        for n, name in enumerate(("carol", "bob", "erin"), start=1)
    ]
    whole = Founding(
        code="board",
        name="Board",
        name_zh="委员会",
        secretary=None,
        calendar=company.calendar(),
        charter=charter(),
        seats=seats,
        access={"read": 3},
    )
    return replace(whole, **changes)


def test_a_committee_is_founded_once(board: Board) -> None:
    with pytest.raises(CommitteeExists):
        actions.committee_found(actor=board.people.carol, plan=plan(board.people))
    assert Committee.objects.count() == 1
    assert LedgerEntry.objects.filter(type="committee.founded", accepted=True).count() == 1
    assert dict(AccessRule.objects.values_list("action", "min_level")) == {"read": 3, "export": 2, "train": 1}


def test_only_the_governance_team_founds(db: None, clock: Clock) -> None:
    people = make_people()
    for user in (people.dave, people.erin, people.mallory):
        with pytest.raises(NotPermitted):
            actions.committee_found(actor=user, plan=plan(people))
    assert not Committee.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"charter": charter(majority={"basis": "cast", "threshold": "1/3", "strict": True})},
        {"charter": charter(deadline_days=0)},
        {"charter": {}},
        {"charter": charter(version="v" * 200)},
        {"calendar": {"timezone": "Mars/Base", "weekend": [6, 7], "holidays": [], "workdays": []}},
        {"seats": []},
        {"access": {"fly": 1}},
        {"access": {"read": 9}},
        {"policies": [actions.PolicySpec("P", "", {"match": {}, "set": {}})]},
        {"policies": [actions.PolicySpec("P", "", {"id": "p", "match": {"x": 1}, "set": {}})]},
    ],
)
def test_rules_nobody_could_follow_are_refused_whole(db: None, clock: Clock, changes: dict[str, Any]) -> None:
    people = make_people()
    with pytest.raises(CharterInvalid):
        actions.committee_found(actor=people.carol, plan=plan(people, **changes))
    assert [model.objects.count() for model in (Committee, Charter, Policy, Seat, AccessRule)] == [0] * 5


def test_a_person_holds_one_seat(db: None, clock: Clock) -> None:
    people = make_people()
    seats = list(plan(people).seats)
    for doubled in (replace(seats[1], member=people.carol), replace(seats[1], code="seat-1")):
        with pytest.raises(CharterInvalid):
            actions.committee_found(actor=people.carol, plan=plan(people, seats=[seats[0], doubled]))
    assert not Committee.objects.exists()
