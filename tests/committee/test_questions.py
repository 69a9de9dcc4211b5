"""Questions and answers: who asks, who answers, and that texts are what the ledger sealed."""

from __future__ import annotations

import pytest
from django.db import connection

from committee import actions
from committee.models import Answer, Case, Question
from governance import ledger
from governance.database.triggers import lifted
from governance.exceptions import DomainError
from governance.models import LedgerEntry, Notice
from tests.committee.conftest import Board, Clock, Things, make_board
from tests.committee.test_ballots import api
from tests.committee.test_standing import signed_in


def test_anybody_who_sees_it_asks_and_those_who_know_answer(board: Board, case: Case) -> None:
    question = actions.question_ask(actor=board.people.mallory, case=case, text="Which columns?")
    assert Notice.objects.get(code="case_asked").recipient == board.people.dave
    for name in ("mallory", "alice"):
        with pytest.raises(DomainError) as caught:
            actions.answer_give(actor=board.person(name), question=question, text="All.")
        assert caught.value.code == "not_permitted"
    for name in ("dave", "carol", "xia", "secretary"):
        actions.answer_give(actor=board.person(name), question=question, text=f"{name}: all.")
    told = Notice.objects.filter(code="case_answered").values_list("recipient__username", flat=True)
    assert list(told).count("mallory") == 4
    assert ledger.verify().ok


def test_a_closed_case_takes_no_question(board: Board, case: Case) -> None:
    question = actions.question_ask(actor=board.people.bob, case=case, text="Which columns?")
    board.vote(case, carol="approve", sam="approve", erin="approve")
    for act in (
        lambda: actions.question_ask(actor=board.people.bob, case=case, text="Late?"),
        lambda: actions.answer_give(actor=board.people.dave, question=question, text="Late."),
    ):
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.code == "questions_closed"
    assert (Question.objects.count(), Answer.objects.count()) == (1, 0)
    assert LedgerEntry.objects.latest("seq").code == "questions_closed"


@pytest.mark.parametrize("text", ["", "   ", "x" * 100_000, "zero\u200bwidth"])
def test_bad_texts_are_refused(board: Board, case: Case, text: str) -> None:
    answer = api(board, "bob").post(f"/api/v1/cases/{case.uid}/questions", {"text": text})
    assert (answer.status_code, answer.data["code"]) == (400, "invalid_input")
    assert signed_in(board, "bob").post(f"/cases/{case.uid}/ask", {"text": text}).status_code == 400
    assert not Question.objects.exists()


def test_a_question_by_the_page(board: Board, case: Case) -> None:
    client = signed_in(board, "mallory")
    page = client.get(f"/cases/{case.uid}").content.decode()
    assert "Ask a question" in page
    answer = client.post(f"/cases/{case.uid}/ask", {"text": "Why <b>now</b>?"})
    assert answer["Location"].endswith("?tab=questions")
    shown = client.get(answer["Location"]).content.decode()
    assert "Why &lt;b&gt;now&lt;/b&gt;?" in shown
    question = Question.objects.get()
    url = f"/cases/{case.uid}/questions/{question.uid}"
    assert url not in shown
    requester = signed_in(board, "dave", "zh-hans")
    assert url in requester.get(f"/cases/{case.uid}?tab=questions").content.decode()
    assert requester.get(url).status_code == 200
    assert requester.post(url, {"text": "因为发布。"}).status_code == 302
    assert requester.post(url, {"text": ""}).status_code == 400
    assert client.post(url, {"text": "Me too"}).status_code == 403
    assert client.get(f"/cases/{case.uid}/questions/guess").status_code == 404
    assert "因为发布。" in client.get(f"/cases/{case.uid}?tab=questions").content.decode()


def test_questions_over_the_api(board: Board, case: Case) -> None:
    url = f"/api/v1/cases/{case.uid}/questions"
    made = api(board, "bob").post(url, {"text": "Which columns?"})
    assert made.status_code == 201
    answers = f"{url}/{made.data['uid']}/answers"
    assert api(board, "dave").post(answers, {"text": "All."}).status_code == 201
    assert api(board, "mallory").post(answers, {"text": "All."}).data["code"] == "not_permitted"
    assert api(board, "dave").post(f"{url}/guess/answers", {"text": "All."}).status_code == 404
    (row,) = api(board, "mallory").get(url).data
    assert [answer["text"] for answer in row["answers"]] == ["All."]


def test_a_draft_is_asked_about_by_nobody_else(board: Board, case: Case) -> None:
    Case.objects.update(state="draft")
    assert api(board, "bob").post(f"/api/v1/cases/{case.uid}/questions", {"text": "?"}).status_code == 404


def test_texts_changed_behind_the_ledgers_back_are_found(
    transactional_db: None, clock: Clock, things: Things, no_broker: None
) -> None:
    board = make_board()
    question = actions.question_ask(actor=board.people.bob, case=board.open(), text="Which?")
    actions.answer_give(actor=board.people.dave, question=question, text="All.")
    assert ledger.verify().faults == ()
    for model in (Question, Answer):
        with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{model._meta.db_table}" SET id = id')  # noqa: S608 - table names of ours
    with lifted():
        Answer.objects.update(text="None.")
    assert {fault.code for fault in ledger.verify().faults} == {"text_differs"}
