"""Hints of an interest: from roles on the dataset, authorship, team and department."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import actions as catalog
from committee import selectors
from committee.kinds.wholes import Whole, follows, whole_of
from committee.models import Case
from governance.services import people as services
from tests.catalog.conftest import STANDARD, adopt
from tests.committee.conftest import Board, Things
from tests.committee.test_ballots import api
from tests.committee.test_standing import signed_in


@pytest.fixture
def dataset_case(board: Board, things: Things, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case about a version of a dataset that erin owns and sam cares for."""
    adopt(board.people.carol, "orders", STANDARD)
    dave = board.people.dave
    source = catalog.source_register(actor=dave, name="web-shop", title="Web shop", title_zh="网店")
    dataset = catalog.dataset_register(
        actor=dave,
        name="orders",
        title="Orders",
        title_zh="订单",
        source=source,
        level=2,
        domain="retail",
        owner=board.people.erin,
        steward=board.sam,
        standard_name="orders",
        object_name="orders",
    )
    monkeypatch.setattr(
        "committee.selectors.hints.whole_of", lambda kind, uid: Whole("dataset", dataset.uid, 1)
    )
    monkeypatch.setattr(
        "committee.selectors.questions.whole_of", lambda kind, uid: Whole("dataset", dataset.uid, 1)
    )
    return board.open()


def found(case: Case, *people: str) -> dict[str, tuple[str, ...]]:
    return {hint.person.username: hint.codes for hint in selectors.hints_of(case, people)}


def test_roles_team_and_department_give_hints(board: Board, dataset_case: Case) -> None:
    office = services.department_create(actor=None, code="search", name="Search")
    for user in (board.people.dave, board.people.bob):
        user.department = office
        user.save()
    services.membership_start(actor=None, team=board.engineering, user=board.people.carol)
    dataset_case.refresh_from_db()
    uids = [board.person(name).uid for name in ("carol", "bob", "sam", "erin", "mallory")]
    assert found(dataset_case, *uids) == {
        "bob": ("same_department",),
        "carol": ("same_team",),
        "erin": ("owner",),
        "sam": ("steward",),
    }


def test_the_person_and_who_keeps_the_files_are_shown_the_hint(board: Board, dataset_case: Case) -> None:
    page = signed_in(board, "sam").get(f"/cases/{dataset_case.uid}").content.decode()
    assert "You are a steward of this dataset: declare a conflict" in page
    chinese = signed_in(board, "sam", "zh-hans").get(f"/cases/{dataset_case.uid}").content.decode()
    assert "您是该数据集的数据管家" in chinese
    url = f"/api/v1/cases/{dataset_case.uid}/around"
    assert [h["person"] for h in api(board, "sam").get(url).data["hints"]] == ["sam"]
    assert {h["person"] for h in api(board, "secretary").get(url).data["hints"]} == {"sam", "erin"}
    assert api(board, "bob").get(url).data["hints"] == []


def test_the_number_of_questions_does_not_grow_with_the_seats(board: Board, dataset_case: Case) -> None:
    def asked(*names: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            selectors.hints_of(dataset_case, [board.person(name).uid for name in names])
        return len(caught)

    asked("sam")  # the requester is read once
    assert asked("sam") == asked("sam", "erin", "carol", "bob", "xia", "mallory", "alice")


def test_a_steward_may_answer(board: Board, dataset_case: Case) -> None:
    assert selectors.may_answer(board.sam, dataset_case)
    assert not selectors.may_answer(board.people.mallory, dataset_case)


def test_what_follows_what(board: Board) -> None:
    law = adopt(board.people.carol, "orders", STANDARD)
    assert whole_of("standard_version", law.uid) == Whole("standard", law.standard.uid, law.pk)
    assert follows(("standard_version", law.uid), ("standard_version", law.uid))
    assert not follows(("standard_version", law.uid), ("standard_version", "guess"))
    assert not follows(("standard_version", law.uid), ("dataset", law.standard.uid))
    assert whole_of("weather", "thing") is None


def test_a_condition_names_those_concerned_not_the_whole_company(board: Board, case: Case) -> None:
    people = {str(user.username) for user in selectors.concerned(case)}
    assert {"dave", "carol", "sam", "xia", "secretary"} <= people
    assert "mallory" not in people
    page = signed_in(board, "carol").get(f"/cases/{case.uid}").content.decode()
    assert "mallory" not in page.split('id="ballot"')[1].split("</form>")[0]


def test_a_condition_needs_an_owner_who_is_there(board: Board, case: Case) -> None:
    sent = {
        "choice": "conditional", "no_interest": "on", "bound_to": case.subject_digest, "c1_id": "mask",
        "c1_evidence": "Masked", "c1_due": "2026-12-01", "c1_when": "by_due", "c1_owner": "nobody.here",
    }  # fmt: skip
    answer = signed_in(board, "carol").post(f"/cases/{case.uid}/ballot", sent)
    assert (answer.status_code, case.events.filter(type="ballot").count()) == (400, 0)
    assert "Nobody active has this user name." in answer.content.decode()
    assert (
        signed_in(board, "carol").post(f"/cases/{case.uid}/ballot", sent | {"c1_owner": "alice"}).status_code
        == 302
    )
