"""The agenda fills itself, is heard once, and a decision's page says what became of it."""

from __future__ import annotations

import pytest

from committee import actions
from committee.models import AgendaItem, Case
from governance import ledger
from governance.exceptions import DomainError
from governance.models import LedgerEntry, Notice, OutboxDelivery
from tests.committee.conftest import Board
from tests.committee.test_ballots import api
from tests.committee.test_cases import CONDITION
from tests.committee.test_standing import signed_in

APPROVE = {"carol": "approve", "sam": "approve", "erin": "approve"}


@pytest.fixture
def item(board: Board, case: Case) -> AgendaItem:
    done = board.vote(case, **APPROVE)
    actions.permit_revoke(actor=board.people.carol, case=done, reason="Licence ended")
    return AgendaItem.objects.get()


def test_a_revocation_is_told_to_every_seat_and_enters_the_agenda(board: Board, item: AgendaItem) -> None:
    told = Notice.objects.filter(code="permit_revoked").values_list("recipient__username", flat=True)
    assert set(told) == {"carol", "bob", "sam", "erin"}
    assert (item.code, item.params["reason"]) == ("permit_revoked", "Licence ended")


def test_a_point_is_dealt_with_once_with_a_note(board: Board, item: AgendaItem) -> None:
    done = actions.agenda_deal(actor=board.secretary, item=item, note="Heard; nothing follows.")
    assert (done.dealt_by, done.note) == (board.secretary, "Heard; nothing follows.")
    for name, note, code in (
        ("secretary", "Again", "agenda_dealt"),
        ("bob", "Mine", "not_permitted"),
        ("carol", " ", "invalid_input"),
        ("carol", "x" * 100_000, "invalid_input"),
    ):
        with pytest.raises(DomainError) as caught:
            actions.agenda_deal(actor=board.person(name), item=item, note=note)
        assert caught.value.code == code
        assert LedgerEntry.objects.latest("seq").code == code
    assert ledger.verify().ok


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "was revoked by Carol Chen: Licence ended"), ("zh-hans", "的许可已由 Carol Chen 撤销")],
)
def test_the_agenda_is_read_by_everybody_in_their_language(
    board: Board, item: AgendaItem, language: str, words: str
) -> None:
    client = signed_in(board, "mallory", language)
    assert words in client.get("/agenda/").content.decode()
    for url in ("/agenda/?show=dealt", "/agenda/?show=all&sort=since&page=9", f"/agenda/{item.uid}"):
        assert client.get(url).status_code == 200
    assert client.get("/agenda/guess").status_code == 404


def test_the_secretary_deals_with_a_point_by_the_page(board: Board, item: AgendaItem) -> None:
    url = f"/agenda/{item.uid}"
    assert signed_in(board, "bob").post(url, {"note": "Mine"}).status_code == 403
    client = signed_in(board, "secretary")
    assert client.post(url, {"note": ""}).status_code == 400
    assert client.post(url, {"note": "Heard."}).status_code == 302
    assert client.post(url, {"note": "Twice."}).status_code == 409
    assert "Heard." in client.get("/agenda/?show=dealt").content.decode()


def test_the_agenda_over_the_api(board: Board, item: AgendaItem) -> None:
    (row,) = api(board, "mallory").get("/api/v1/agenda?pending=1").data["results"]
    assert (row["code"], row["subject"]["kind"]) == ("permit_revoked", "case")
    assert "Licence ended" in row["en"]
    assert "Licence ended" in row["zh"]
    url = f"/api/v1/agenda/{item.uid}/deal"
    assert api(board, "bob").post(url, {"note": "x"}).data["code"] == "not_permitted"
    assert api(board, "secretary").post(url, {"note": "Heard."}).status_code == 200
    assert api(board, "secretary").post(url, {"note": "Heard."}).data["code"] == "agenda_dealt"
    assert api(board, "secretary").post("/api/v1/agenda/guess/deal", {"note": "x"}).status_code == 404
    assert api(board, "mallory").get("/api/v1/agenda?pending=1").data["results"] == []


def test_a_page_says_what_became_of_the_decision(board: Board, case: Case) -> None:
    asked = CONDITION | {"owner": board.people.alice.uid}
    actions.ballot_cast(actor=board.people.carol, case=case, choice="approve", conditions=[asked])
    done = board.vote(case, sam="approve", erin="approve")
    page = signed_in(board, "mallory").get(f"/cases/{done.uid}").content.decode()
    assert "What became of it" in page
    assert "waits for the conditions mask" in page
    actions.condition_confirm(actor=board.secretary, case=done, condition="mask", evidence="Run 12")
    steps = api(board, "mallory").get(f"/api/v1/cases/{done.uid}/around").data["effects"]
    assert [(step["name"], step["word"]) for step in steps[:2]] == [
        ("Permit issued", "Done"),
        ("Permit opens", "Yes"),
    ]
    OutboxDelivery.objects.update(state="sent", attempts=3)
    steps = api(board, "mallory").get(f"/api/v1/cases/{done.uid}/around").data["effects"]
    (told,) = steps[2:]
    assert (told["tone"], told["word"]) == ("warn", "Retried")
    assert told["note"].endswith("3 attempts so far")
    assert "clock" not in told["name"] + told["note"]  # names of tasks are nothing for a reader
    actions.permit_revoke(actor=board.people.carol, case=done, reason="Ended")
    steps = api(board, "mallory").get(f"/api/v1/cases/{done.uid}/around").data["effects"]
    assert steps[1]["note"] == "Revoked"


def test_an_undecided_case_has_no_effect(board: Board, case: Case) -> None:
    assert api(board, "mallory").get(f"/api/v1/cases/{case.uid}/around").data["effects"] == []
