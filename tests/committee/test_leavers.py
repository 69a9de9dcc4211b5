"""Leavers while cases run: an unused ballot goes, a cast one stays, the quorum is counted anew."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from committee import actions, selectors, tallying
from committee import clock as ticks
from committee.exceptions import EventRefused, SeatOver
from committee.models import Case, Seat
from committee.services import cases as case_services
from governance import actions as governance
from governance import ledger
from governance.exceptions import InvalidInput, NotPermitted
from governance.models import LedgerEntry, Notice, OutboxDelivery, User
from tests.committee.conftest import Board, Clock


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.actions.people.outbox_send.delay", lambda: None)


def leaves(board: Board, name: str) -> None:
    """The governance team lets somebody go, and the reactor is woken as the outbox would."""
    boss = board.people.bob if name == "carol" else board.people.carol
    governance.person_deactivate(actor=boss, user=board.person(name))
    row = OutboxDelivery.objects.get(event="user.deactivated", subject_id=board.person(name).uid)
    ticks.on_user_deactivated(subject_kind=row.subject_kind, subject_id=row.subject_id, delivery=row.uid)
    row.refresh_from_db()
    assert row.state == "done"


def counts(case: Case) -> dict[str, Any]:
    case.refresh_from_db()
    found: dict[str, Any] = case.tally["counts"]
    return found


def ended(case: Case) -> list[str]:
    rows = case.events.filter(type="seat_ended").order_by("seq").values_list("data", flat=True)
    return [json.loads(text)["seat"] for text in rows]


def test_a_leavers_unused_ballot_goes_and_the_quorum_is_counted_anew(board: Board, case: Case) -> None:
    before = tallying.run(case).output["counts"]
    leaves(board, "sam")
    after = counts(case)
    assert (before["eligible"], before["seats"]) == (4, 4)
    assert (after["eligible"], after["seats"]) == (3, 3)
    assert ended(case) == ["seat-3"]
    seat = Seat.objects.get(code="seat-3")
    assert (seat.ended_why, seat.ended_at is not None) == ("left", True)
    assert ledger.verify().ok


def test_a_leavers_cast_ballot_stays_and_cannot_be_changed(board: Board, case: Case) -> None:
    board.vote(case, bob="approve")
    leaves(board, "bob")
    output = tallying.run(case).output
    (line,) = [row for row in output["ineligible"] if row["seat"] == "seat-2"]
    assert line["codes"] == ["term_ended_ballot_kept"]
    assert [b["seat"] for b in output["ballots"]] == ["seat-2"]
    with pytest.raises(EventRefused) as refused:
        board.vote(case, bob="reject")
    assert refused.value.code == "seat_not_in_office"
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    assert done.outcome == "approved"
    assert done.tally["counts"]["approve"] >= 3


def test_a_case_without_enough_seats_left_closes_at_once(board: Board, case: Case) -> None:
    leaves(board, "sam")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "inquorate")  # the only security seat of a policy
    assert Notice.objects.filter(code="case_inquorate", recipient=board.people.dave).exists()


def test_the_last_chair_leaves_the_deputy_presides_and_the_committee_still_works(
    board: Board, case: Case
) -> None:
    leaves(board, "carol")
    output = tallying.run(case).output
    assert output["presiding"] == {"seat": "seat-2", "as": "deputy"}
    told = {n.recipient.username for n in Notice.objects.filter(code="seat_left").select_related("recipient")}
    assert told == {"secretary", "bob"}
    later = board.open(purpose="ranking")
    done = board.vote(later, bob="approve", sam="approve", erin="approve")
    assert done.outcome == "approved"
    assert done.tally["presiding"] == {"seat": "seat-2", "as": "deputy"}
    (vacant,) = [row for row in selectors.places(board.committee) if row.vacant]
    assert (vacant.place, vacant.last and vacant.last.member) == ("seat-1", board.people.carol)
    codes = {finding.code for finding in selectors.composition_findings(board.committee)}
    assert {"chair_vacant", "vacant"} <= codes
    assert ledger.verify().ok


def test_a_new_case_does_not_count_the_seat(board: Board) -> None:
    leaves(board, "carol")
    later = board.open()
    assert ended(later) == []
    assert tallying.run(later).output["counts"]["eligible"] == 3
    assert ticks.seats_tick() == 0


def test_a_decided_case_with_a_running_permit_hears_of_it_others_do_not(board: Board, case: Case) -> None:
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    withdrawn = board.open(purpose="ranking")
    actions.case_withdraw(actor=board.people.dave, case=withdrawn)
    leaves(board, "carol")
    assert ended(done) == ["seat-1"]
    assert ended(withdrawn) == []
    actions.permit_revoke(
        actor=board.people.bob, case=done, reason="Licence ended"
    )  # the deputy presides now
    assert ledger.verify().ok


def test_the_sweep_finds_what_no_wake_up_told(board: Board, case: Case) -> None:
    governance.person_deactivate(actor=board.people.carol, user=board.people.bob)
    assert ended(case) == []
    assert ticks.seats_tick() == 1
    assert ended(case) == ["seat-2"]
    assert ticks.seats_tick() == 0


def test_a_reactor_may_run_twice_and_one_who_came_back_keeps_the_seat(board: Board, case: Case) -> None:
    governance.person_deactivate(actor=board.people.carol, user=board.people.bob)
    User.objects.filter(pk=board.people.bob.pk).update(is_active=True)
    ticks.on_user_deactivated(subject_kind="user", subject_id=board.people.bob.uid)
    assert (ended(case), Seat.objects.exclude(ended_at=None).count()) == ([], 0)
    User.objects.filter(pk=board.people.bob.pk).update(is_active=False)
    for _ in range(2):
        ticks.on_user_deactivated(subject_kind="user", subject_id=board.people.bob.uid)
    assert ended(case) == ["seat-2"]
    assert LedgerEntry.objects.filter(type="seat.ended").count() == 1


def test_one_case_that_cannot_go_on_keeps_no_other_from_hearing(
    board: Board, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = board.open(purpose="ranking")
    record = case_services.case_event_record

    def fails(**fields: Any) -> Case:
        if fields["case"].pk == case.pk:
            raise InvalidInput(field="frame", reason="broken")
        return record(**fields)

    monkeypatch.setattr("committee.services.seats.cases.case_event_record", fails)
    leaves(board, "bob")
    assert (ended(case), ended(other)) == ([], ["seat-2"])
    monkeypatch.undo()
    monkeypatch.setattr(actions.outbox_send, "delay", lambda: None)
    assert ticks.seats_tick() == 1
    assert ended(case) == ["seat-2"]


def test_an_alternate_who_left_sits_in_for_nobody_in_new_cases(board: Board, case: Case) -> None:
    leaves(board, "xia")
    framed = {s["id"]: s for s in json.loads(board.open(purpose="ranking").frame)["seats"]}
    assert "alternate" not in framed["seat-4"]
    assert ended(case) == []
    codes = {finding.code for finding in selectors.composition_findings(board.committee)}
    assert "alternate_left" in codes


def test_a_holder_resigns_by_the_page(board: Board, case: Case) -> None:
    seat = Seat.objects.get(code="seat-2")
    client = Client()
    client.force_login(board.people.bob)
    page = client.get("/committee/seats").content.decode()
    assert f"/committee/seats/{seat.uid}/resign" in page
    form = client.get(f"/committee/seats/{seat.uid}/resign").content.decode()
    assert case.number in form
    assert client.post(f"/committee/seats/{seat.uid}/resign", {"reason": ""}).status_code == 400
    answer = client.post(f"/committee/seats/{seat.uid}/resign", {"reason": "New duties."})
    assert answer.status_code == 302
    seat.refresh_from_db()
    assert (seat.ended_why, ended(case)) == ("resigned", ["seat-2"])
    entry = LedgerEntry.objects.get(type="seat.ended")
    assert json.loads(entry.data)["reason"] == "New duties."
    assert client.get(f"/committee/seats/{seat.uid}/resign").status_code == 404
    assert Notice.objects.filter(code="seat_resigned", recipient=board.secretary).count() == 1


def test_a_holder_resigns_by_the_api_and_nobody_else_can(board: Board, case: Case) -> None:
    seat = Seat.objects.get(code="seat-2")
    url = f"/api/v1/committee/seats/{seat.uid}/resign"
    carol, bob = Client(), Client()
    carol.force_login(board.people.carol)
    bob.force_login(board.people.bob)
    assert carol.post(url, {"reason": "x"}, content_type="application/json").status_code == 404
    assert bob.post(url, {"reason": "\u200bhidden"}, content_type="application/json").status_code == 400
    assert bob.post(url, {"reason": "New duties."}, content_type="application/json").status_code == 200
    assert ended(case) == ["seat-2"]


def test_refused_resignations_write_nothing_but_the_refusal(board: Board, case: Case) -> None:
    seat = Seat.objects.get(code="seat-2")
    for actor, reason, error in (
        (board.people.carol, "x", NotPermitted),
        (board.people.bob, " ", InvalidInput),
        (board.people.bob, "x" * 2001, InvalidInput),
    ):
        with pytest.raises(error):
            actions.seat_resign(actor=actor, seat=seat, reason=reason)
    actions.seat_resign(actor=board.people.bob, seat=seat, reason="x")
    with pytest.raises(SeatOver):
        actions.seat_resign(actor=board.people.bob, seat=seat, reason="x")
    refused = LedgerEntry.objects.filter(type="seat.resign", accepted=False).values_list("code", flat=True)
    assert sorted(refused) == ["invalid_input", "invalid_input", "not_permitted", "seat_over"]


def test_a_seat_that_ended_by_its_term_needs_no_word(board: Board, clock: Clock) -> None:
    Seat.objects.filter(code="seat-2").update(term_to=dt.date(2026, 11, 24))
    running = board.open()
    clock.forward(days=3)
    leaves(board, "bob")
    assert ended(running) == []
    assert tallying.run(running).output["counts"]["seats"] == 3


def test_when_the_chair_left_the_deputy_may_revoke_and_is_offered_it(board: Board, case: Case) -> None:
    """After the closing it is who presides now, not who did when the case closed (committee-rules §5)."""
    board.vote(case, carol="approve", sam="approve", erin="approve")
    case.refresh_from_db()
    bob = board.people.bob
    assert not selectors.case_view(bob, case).may_revoke
    leaves(board, "carol")
    case.refresh_from_db()
    view = selectors.case_view(bob, case)
    assert view.output["presiding"]["seat"] == "seat-1"  # as at the closing
    assert view.may_revoke
    actions.permit_revoke(actor=bob, case=case, reason="Misuse")
    assert not selectors.case_view(bob, Case.objects.get(pk=case.pk)).may_revoke
