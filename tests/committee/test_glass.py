"""Emergency access: two persons, some hours, a loud permit, a review; nothing of it approves anything."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from committee import actions
from committee.models import AgendaItem, Case, GlassRequest
from governance import ledger, permits
from governance.database.triggers import lifted
from governance.exceptions import DomainError
from governance.models import Decision, LedgerEntry, Notice, Permit
from tests.committee.conftest import OTHER, Board, Clock, Things, make_board
from tests.committee.test_ballots import api
from tests.committee.test_standing import signed_in


def ask(board: Board, case: Case, name: str = "bob", hours: int = 4, reason: str = "Search is down") -> Any:
    return actions.glass_ask(actor=board.person(name), case=case, reason=reason, hours=hours)


def confirm(board: Board, case: Case, name: str = "sam") -> Case:
    return actions.glass_confirm(actor=board.person(name), case=case)


def code_of(act: Any, *args: Any, **fields: Any) -> str:
    with pytest.raises(DomainError) as caught:
        act(*args, **fields)
    last = LedgerEntry.objects.latest("seq")
    assert (last.accepted, last.code) == (False, caught.value.code)
    return caught.value.code


def glass_permit() -> Permit:
    return Permit.objects.get(kind="break_glass")


def test_two_persons_open_it_for_some_hours(board: Board, case: Case, clock: Clock) -> None:
    ask(board, case)
    called = Notice.objects.filter(code="glass_asked").values_list("recipient__username", flat=True)
    assert set(called) == {"carol", "sam", "erin"}
    assert not Permit.objects.exists()
    done = confirm(board, case)
    permit = glass_permit()
    assert (done.state, permit.decision, permit.holder) == ("open", None, case.holder)
    assert permits.check(permit.uid) == "active"
    assert (permit.valid_until - permit.valid_from).total_seconds() == 4 * 3600
    assert not Decision.objects.exists()
    told = Notice.objects.filter(code="glass_broken").values_list("recipient__username", flat=True)
    assert set(told) == {"carol", "bob", "sam", "erin"}
    assert AgendaItem.objects.get().code == "glass_broken"
    clock.forward(hours=4)
    assert permits.check(permit.uid) == "expired"
    assert ledger.verify().ok


@pytest.fixture
def small(db: None, clock: Clock, things: Things, no_broker: None) -> Board:
    """A committee that can decide without the two who broke the glass."""
    return make_board(quorum={"basis": "count", "value": 2, "abstentions": True, "proxies": True})


def test_a_review_is_opened_from_which_both_are_barred(small: Board) -> None:
    board, case = small, small.open()
    ask(board, case)
    confirm(board, case)
    review = Case.objects.get(action="review")
    assert (review.number, review.state, review.requester) == (
        f"{case.number}-review",
        "open",
        board.people.bob,
    )
    assert review.predecessor == case
    barred = {row["seat"] for row in review.tally["ineligible"]}
    assert barred == {"seat-2", "seat-3"}
    other = board.open(purpose="ranking")
    assert other.number == "board-2026-C0002"


def test_an_approved_review_opens_nothing(small: Board, clock: Clock) -> None:
    board, case = small, small.open()
    ask(board, case)
    confirm(board, case)
    review = Case.objects.get(action="review")
    actions.ballot_cast(actor=board.people.carol, case=review, choice="approve")
    actions.ballot_cast(actor=board.people.erin, case=review, choice="approve")
    clock.forward(days=9)
    actions.case_settle(case=review)
    review.refresh_from_db()
    assert (review.state, review.outcome) == ("closed", "approved")
    assert set(Permit.objects.values_list("kind", flat=True)) == {"break_glass"}


@pytest.mark.parametrize(
    ("name", "fields", "code"),
    [
        ("mallory", {}, "actor_not_allowed"),
        ("dave", {}, "actor_not_allowed"),
        ("xia", {}, "actor_not_allowed"),
        ("secretary", {}, "actor_not_allowed"),
        ("bob", {"hours": 9}, "too_long"),
        ("bob", {"hours": 0}, "invalid_input"),
        ("bob", {"reason": " "}, "invalid_input"),
        ("bob", {"reason": "x" * 100_000}, "invalid_input"),
    ],
)
def test_a_bad_request_is_refused(
    board: Board, case: Case, name: str, fields: dict[str, Any], code: str
) -> None:
    assert code_of(ask, board, case, name, **fields) == code
    assert not GlassRequest.objects.exists()


def test_the_same_person_cannot_confirm_nor_somebody_barred(board: Board, case: Case) -> None:
    ask(board, case)
    assert code_of(confirm, board, case, "bob") == "two_people_required"
    assert code_of(confirm, board, case, "dave") == "actor_not_allowed"
    assert code_of(ask, board, case, "sam") == "glass_pending"
    erin = board.people.erin
    actions.conflict_declare(actor=erin, case=case, member=erin, reason="Mine")
    assert code_of(confirm, board, case, "erin") == "actor_not_allowed"
    assert not Permit.objects.exists()


def test_the_second_person_has_an_hour(board: Board, case: Case, clock: Clock) -> None:
    assert code_of(confirm, board, case) == "glass_expired"
    ask(board, case)
    clock.forward(minutes=61)
    assert code_of(confirm, board, case) == "glass_expired"
    ask(board, case)
    confirm(board, case)
    assert code_of(ask, board, case) == "break_glass_used"
    assert code_of(confirm, board, case, "carol") == "glass_expired"


def test_it_ends_with_its_case(board: Board, case: Case) -> None:
    ask(board, case)
    confirm(board, case)
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    assert permits.check(glass_permit().uid) == "ended"
    assert permits.check(Permit.objects.get(case_id=done.number, kind="decision").uid) == "active"
    assert ledger.verify().ok


def test_it_is_void_with_its_subject(board: Board, case: Case, things: Things) -> None:
    ask(board, case)
    confirm(board, case)
    things.digests["thing"] = OTHER
    assert actions.case_subject_check(actor=None, case=case)
    case.refresh_from_db()
    assert case.outcome == "superseded"
    assert permits.check(glass_permit().uid) == "void"


def test_it_is_revoked_while_it_lives_and_the_decision_is_not(board: Board, case: Case) -> None:
    ask(board, case)
    confirm(board, case)
    case = actions.permit_revoke(actor=board.people.carol, case=case, reason="Not needed")
    assert permits.check(glass_permit().uid) == "revoked"
    assert case.state == "open"
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    decided = Permit.objects.get(case_id=done.number, kind="decision")
    assert permits.check(decided.uid) == "active"
    actions.permit_revoke(actor=board.people.carol, case=done, reason="Now this")
    assert permits.check(decided.uid) == "revoked"
    assert ledger.verify().ok


def test_rules_are_not_changed_in_an_emergency(board: Board, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(action="adopt")
    case.refresh_from_db()
    assert code_of(ask, board, case) == "glass_not_here"


def test_it_is_loud_on_every_page(board: Board, case: Case) -> None:
    client = signed_in(board, "bob")
    url = f"/cases/{case.uid}"
    assert "Ask for emergency access" in client.get(url).content.decode()
    assert client.get(f"{url}/ask-emergency").status_code == 200
    assert client.post(f"{url}/ask-emergency", {"hours": "99", "reason": "x"}).status_code == 400
    assert client.post(f"{url}/ask-emergency", {"hours": "4", "reason": "Search is down"}).status_code == 302
    second = signed_in(board, "sam", "zh-hans")
    assert "确认紧急授权" in second.get(url).content.decode()
    assert second.post(f"{url}/confirm-emergency").status_code == 302
    permit = glass_permit()
    for address, words in (
        (url, "Emergency access is open in this case."),
        (f"/permits/{permit.uid}", "Emergency access is open."),
        ("/committee/", "Emergency access is open without a decision."),
    ):
        assert words in signed_in(board, "mallory").get(address).content.decode(), address
    ledger_page = signed_in(board, "mallory").get(f"{url}?tab=ledger").content.decode()
    assert "opened emergency access for 4 hours: Search is down" in ledger_page
    assert "Bob Bai" in ledger_page


def test_emergency_access_over_the_api(board: Board, case: Case) -> None:
    url = f"/api/v1/cases/{case.uid}/emergency"
    made = api(board, "bob").post(url, {"hours": 2, "reason": "Search is down"})
    assert (made.status_code, made.data["first"]) == (201, "bob")
    assert api(board, "sam").get(f"/api/v1/cases/{case.uid}/around").data["waiting"]["hours"] == 2
    assert api(board, "bob").post(f"{url}/confirm").data["code"] == "two_people_required"
    assert api(board, "sam").post(f"{url}/confirm").status_code == 200
    around = api(board, "mallory").get(f"/api/v1/cases/{case.uid}/around").data
    assert around["emergency_until"].startswith("2026-11-23T03:00:00")
    assert api(board, "carol").post(f"{url}/confirm").data["code"] == "glass_expired"


def test_an_event_of_two_is_replayed_and_its_change_found(board: Board, case: Case) -> None:
    ask(board, case)
    confirm(board, case)
    event = case.events.get(type="break_glass")
    assert event.by == board.sam
    with lifted():
        case.events.filter(pk=event.pk).update(by=board.people.erin)
    assert not ledger.verify().ok


def test_nobody_raises_a_review_by_hand(board: Board, case: Case) -> None:
    sent = {
        "action": "review",
        "subject": {"kind": "case", "id": case.uid},
        "purpose": "ranking",
        "team": "engineering",
        "terms": {},
    }
    assert api(board, "dave").post("/api/v1/cases", sent).data["code"] == "subject_unknown"
    ask(board, case)
    confirm(board, case)
    assert api(board, "dave").post("/api/v1/cases", sent).data["code"] == "subject_not_ready"
    assert Client().get("/cases/new").status_code == 302
