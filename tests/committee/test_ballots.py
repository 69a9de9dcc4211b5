"""Ballots beyond one's own, conditions somebody can confirm, deferral, and everything sent in wrongly."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from committee import actions, selectors
from committee import clock as ticks
from committee.exceptions import ConditionUnconfirmable
from committee.models import AgendaItem, Case, CaseEvent, Committee
from governance import ledger
from governance.exceptions import InvalidInput
from governance.models import LedgerEntry, Notice
from tests.committee.conftest import DIGEST, START, Board, Clock, Things
from tests.committee.test_cases import CONDITION, refused
from tests.committee.test_standing import delegate, signed_in

BALLOT = {"choice": "approve", "bound_to": DIGEST, "no_interest": "on"}
UNTIL = dt.date(2026, 11, 26)


def api(board: Board, name: str) -> APIClient:
    made = APIClient()
    made.force_authenticate(board.person(name))
    return made


def test_the_ballot_says_whose_it_is(board: Board, case: Case) -> None:
    delegate(board, "bob", "sam")
    client = signed_in(board, "sam")
    page = client.get(f"/cases/{case.uid}").content.decode()
    assert "My own ballot" in page
    assert "By proxy, the ballot of Bob Bai" in page
    assert page.count('name="seat"') == 2
    assert client.post(f"/cases/{case.uid}/ballot", BALLOT | {"seat": "seat-2"}).status_code == 302
    data = json.loads(case.events.get(type="ballot").data)
    assert (data["seat"], data["by"]) == ("seat-2", board.sam.uid)
    chinese = signed_in(board, "sam", "zh-hans").get(f"/cases/{case.uid}").content.decode()
    assert "代 白博 投票" in chinese


def test_a_proxy_that_ended_meanwhile_is_never_taken_as_the_own_ballot(
    board: Board, case: Case, clock: Clock
) -> None:
    delegate(board, "bob", "sam", last=dt.date(2026, 11, 23))
    clock.forward(days=1)
    answer = signed_in(board, "sam").post(f"/cases/{case.uid}/ballot", BALLOT | {"seat": "seat-2"})
    assert answer.status_code == 403
    assert not case.events.filter(type="ballot").exists()


def test_an_alternate_is_told_whose_seat_it_is(board: Board, things: Things) -> None:
    things.contributors = (board.people.erin.uid,)
    case = board.open()
    page = signed_in(board, "xia").get(f"/cases/{case.uid}").content.decode()
    assert "As alternate, in the seat of Erin Fang" in page


def test_the_same_post_twice_is_one_more_equal_ballot_at_most(board: Board, case: Case) -> None:
    client = signed_in(board, "carol")
    for _time in (1, 2):
        assert client.post(f"/cases/{case.uid}/ballot", BALLOT).status_code == 302
    stored = list(case.events.filter(type="ballot").values_list("data", flat=True))
    assert (len(stored), len(set(stored))) == (2, 1)
    case.refresh_from_db()
    assert case.tally["counts"]["approve"] == 1
    assert ledger.verify().ok


def condition(owner: str) -> list[dict[str, Any]]:
    return [CONDITION | {"owner": owner}]


def asked(board: Board, case: Case, owner: str, voter: str = "carol") -> Case:
    return actions.ballot_cast(
        actor=board.person(voter),
        case=case,
        choice="approve",
        conditions=condition(board.person(owner).uid),
    )


def no_secretary(_board: Board) -> None:
    Committee.objects.update(secretary=None)


def secretary_left(board: Board) -> None:
    board.secretary.is_active = False
    board.secretary.save()


@pytest.mark.parametrize("change", [no_secretary, secretary_left])
def test_a_condition_only_its_owner_could_confirm_is_refused(
    board: Board, change: Callable[[Board], None]
) -> None:
    change(board)
    case = board.open()
    with pytest.raises(ConditionUnconfirmable):
        asked(board, case, "carol", "bob")
    last = LedgerEntry.objects.latest("seq")
    assert (last.type, last.code) == ("case.ballot", "condition_unconfirmable")
    assert case.events.count() == 1
    assert asked(board, case, "bob").events.count() == 2


def test_with_a_secretary_chair_and_secretary_confirm_for_each_other(board: Board, case: Case) -> None:
    asked(board, case, "carol")
    asked(board, case, "secretary", "bob")
    assert case.events.filter(type="ballot").count() == 2


def test_where_all_are_barred_the_secretary_cannot_own_it(board: Board, things: Things) -> None:
    things.contributors = tuple(board.person(name).uid for name in ("carol", "bob", "sam", "erin"))
    case = board.open(actor=board.people.dave)
    assert selectors.confirmers(case) == {board.secretary.uid}


def test_a_deferred_case_sleeps_until_its_day(board: Board, case: Case, clock: Clock) -> None:
    case = board.vote(case, bob="approve")
    case = actions.case_defer(actor=board.people.carol, case=case, reason="To the meeting", until=UNTIL)
    assert (case.state, case.closes_at) == ("deferred", None)
    assert AgendaItem.objects.get().params["until"] == "2026-11-26"
    assert refused(actions.ballot_cast, actor=board.sam, case=case, choice="approve") == "not_open"
    clock.forward(days=3)
    assert ticks.cases_tick() == 1
    case.refresh_from_db()
    assert case.state == "open"
    assert AgendaItem.objects.pending().count() == 0
    assert [b["by"] for b in case.tally["ballots"]] == [board.people.bob.uid]
    assert ledger.verify().ok


def test_the_presiding_member_resumes_a_deferred_case(board: Board, case: Case) -> None:
    actions.case_defer(actor=board.people.carol, case=case, reason="To the meeting", until=UNTIL)
    page = signed_in(board, "carol").get(f"/cases/{case.uid}").content.decode()
    assert "Resume the case" in page
    assert "Resume the case" not in signed_in(board, "dave").get(f"/cases/{case.uid}").content.decode()
    assert refused(actions.case_resume, actor=board.people.dave, case=case) == "actor_not_allowed"
    assert actions.case_resume(actor=board.people.carol, case=case).state == "open"


@pytest.mark.parametrize(
    ("until", "reason", "code"),
    [
        (dt.date(2026, 11, 23), "Later", "bad_until"),
        (dt.date(2020, 1, 1), "Later", "bad_until"),
        (dt.date(2030, 1, 1), "Later", "invalid_input"),
        (UNTIL, " ", "rationale_missing"),
        (UNTIL, "x" * 100_000, "invalid_input"),
    ],
)
def test_a_bad_deferral_is_refused(board: Board, case: Case, until: dt.date, reason: str, code: str) -> None:
    fields = {"actor": board.people.carol, "case": case, "reason": reason, "until": until}
    assert refused(actions.case_defer, **fields) == code
    answer = api(board, "carol").post(f"/api/v1/cases/{case.uid}/defer", {"until": until, "reason": reason})
    assert answer.data["code"] == code


def test_a_deferral_by_page_and_api(board: Board, case: Case) -> None:
    client = signed_in(board, "carol")
    url = f"/cases/{case.uid}/defer"
    assert client.get(url).status_code == 200
    past = client.post(url, {"until": "2020-01-01", "reason": "Later"})
    assert past.status_code == 409
    assert "The date must lie after today" in past.content.decode()
    assert client.post(url, {"until": "2026-11-26", "reason": "Later"}).status_code == 302
    assert api(board, "carol").post(f"/api/v1/cases/{case.uid}/resume", {}).status_code == 200
    sent = {"until": "2026-11-26", "reason": "Later"}
    assert api(board, "bob").post(f"/api/v1/cases/{case.uid}/defer", sent).data["code"] == "actor_not_allowed"
    assert api(board, "carol").post(f"/api/v1/cases/{case.uid}/defer", sent).data["state"] == "deferred"


def test_a_conflict_declared_by_another_names_the_person_in_the_record(board: Board, case: Case) -> None:
    actions.conflict_declare(actor=board.people.carol, case=case, member=board.sam, reason="Sells the data.")
    page = signed_in(board, "mallory").get(f"/cases/{case.uid}?tab=ledger").content.decode()
    assert "declared a conflict of interest of <strong>Sam Sun</strong>: Sells the data." in page
    told = Notice.objects.get(code="conflict_declared_for_you")
    assert (told.recipient, told.params["reason"]) == (board.sam, "Sells the data.")
    events = api(board, "sam").get(f"/api/v1/cases/{case.uid}/events").data["events"]
    assert (events[0]["by"], events[0]["other"]) == ("Carol Chen", "Sam Sun")


def test_a_member_of_the_requesting_team_is_asked_about_it(board: Board, case: Case) -> None:
    from governance.services import people as services

    services.membership_start(actor=None, team=board.engineering, user=board.sam)
    page = signed_in(board, "sam").get(f"/cases/{case.uid}").content.decode()
    assert "You are a member of the requesting team" in page
    around = api(board, "carol").get(f"/api/v1/cases/{case.uid}/around").data
    assert around["hints"] == [{"person": "sam", "codes": ["same_team"]}]
    assert "Possible interests" in signed_in(board, "secretary").get(f"/cases/{case.uid}").content.decode()
    assert "Possible interests" not in signed_in(board, "bob").get(f"/cases/{case.uid}").content.decode()
    board.vote(case, sam="approve")
    assert "You are a member" not in signed_in(board, "sam").get(f"/cases/{case.uid}").content.decode()


def test_a_case_shows_whom_one_votes_for_over_the_api(board: Board, case: Case) -> None:
    delegate(board, "bob", "sam")
    around = api(board, "sam").get(f"/api/v1/cases/{case.uid}/around").data
    assert [(vote["seat"], vote["via"]) for vote in around["votes"]] == [
        ("seat-3", "own"),
        ("seat-2", "proxy"),
    ]
    assert api(board, "mallory").get(f"/api/v1/cases/{case.uid}/around").data["votes"] == []
    assert api(board, "sam").get("/api/v1/cases/guess/around").status_code == 404


HIDDEN = (
    "zero\u200bwidth",
    "right \u202e tfel",
    "mark\u200f",
    "joined\u2060",
    "arabic\u061c mark",
    "nul\x00",
)


@pytest.mark.parametrize("text", HIDDEN)
def test_characters_that_hide_what_a_text_says_are_refused(board: Board, case: Case, text: str) -> None:
    for path, sent in (
        ("ballots", {"choice": "reject", "rationale": text}),
        ("questions", {"text": text}),
        ("defer", {"until": "2026-11-26", "reason": text}),
        ("emergency", {"hours": 2, "reason": text}),
        ("conflicts", {"reason": text}),
    ):
        answer = api(board, "carol").post(f"/api/v1/cases/{case.uid}/{path}", sent)
        assert (answer.status_code, answer.data["code"]) == (400, "invalid_input"), (path, answer.data)
    client = signed_in(board, "carol")
    assert client.post(f"/cases/{case.uid}/ask", {"text": text}).status_code == 400
    assert CaseEvent.objects.count() == 1


def test_right_to_left_words_are_kept_as_they_are(board: Board, case: Case) -> None:
    case = actions.ballot_cast(actor=board.people.carol, case=case, choice="approve", rationale="שלום 你好")
    assert json.loads(case.events.get(type="ballot").data)["rationale"] == "שלום 你好"


def test_a_clock_moved_back_writes_nothing(board: Board, case: Case, clock: Clock) -> None:
    board.vote(case, carol="approve")
    clock.now = START - dt.timedelta(hours=1)
    answer = api(board, "bob").post(f"/api/v1/cases/{case.uid}/ballots", {"choice": "approve"})
    assert (answer.status_code, answer.data["code"]) == (409, "clock_moved_back")
    page = signed_in(board, "bob").post(f"/cases/{case.uid}/ballot", BALLOT)
    assert page.status_code == 409
    assert case.events.count() == 2


def test_guesses_and_closed_cases_by_the_pages(board: Board, case: Case) -> None:
    client = signed_in(board, "bob")
    assert client.post("/cases/guess/ballot", BALLOT).status_code == 404
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    late = client.post(f"/cases/{done.uid}/ballot", BALLOT)
    assert late.status_code == 409
    assert "The case is closed" in late.content.decode()
    for act in ("defer", "return"):
        fields = {"reason": "Later", "until": "2026-11-26"}
        assert client.post(f"/cases/{done.uid}/{act}", fields).status_code == 409
    assert Client().post(f"/cases/{done.uid}/ballot", BALLOT).status_code == 302


def test_a_deferral_beyond_a_year_is_refused_in_words(board: Board, case: Case) -> None:
    with pytest.raises(InvalidInput, match="more than 366 days"):
        actions.case_defer(actor=board.people.carol, case=case, reason="Later", until=dt.date(9999, 12, 31))
