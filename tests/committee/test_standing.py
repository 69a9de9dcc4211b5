"""Absences, delegations, standing conflicts: who records them, and what running cases make of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from committee import actions, selectors
from committee.exceptions import StandingInvalid, StandingOver
from committee.models import Absence, AgendaItem, Case, CaseAmendment, Conflict, Delegation, Seat
from governance import ledger
from governance.database.triggers import lifted
from governance.exceptions import DomainError, InvalidInput, NotPermitted
from governance.models import LedgerEntry, Notice
from tests.committee.conftest import OTHER, Board, Clock, Things
from tests.committee.test_cases import refused

TODAY = dt.date(2026, 11, 23)
FRIDAY = dt.date(2026, 11, 27)


def day(number: int) -> dt.date:
    return TODAY + dt.timedelta(days=number)


def seat(board: Board, name: str) -> Seat:
    return Seat.objects.select_related("committee__secretary", "member").get(member=board.person(name))


def delegate(board: Board, principal: str, to: str, **more: Any) -> Delegation:
    given = {"first": TODAY, "last": FRIDAY} | more
    return actions.delegation_give(
        actor=board.person(principal), principal=seat(board, principal), delegate=seat(board, to), **given
    )


def away(board: Board, name: str, first: dt.date = TODAY, last: dt.date = FRIDAY) -> Absence:
    return actions.absence_declare(actor=board.person(name), seat=seat(board, name), first=first, last=last)


def votes(board: Board, name: str, case: Case) -> list[tuple[str, str]]:
    return [(vote.seat, vote.via) for vote in selectors.votes_of(board.person(name), case)]


def test_a_delegation_lets_the_other_seat_vote_in_cases_raised_before_and_after(
    board: Board, case: Case, things: Things
) -> None:
    delegate(board, "bob", "sam")
    things.digests["second"] = OTHER
    later = board.open("second")
    for asked in (case, later):
        assert votes(board, "sam", asked) == [("seat-3", "own"), ("seat-2", "proxy")]
        done = actions.ballot_cast(actor=board.sam, case=asked, choice="approve", seat="seat-2")
        assert [b["via"] for b in done.tally["ballots"]] == ["proxy"]
    assert CaseAmendment.objects.count() == 1
    told = Notice.objects.filter(code="delegation_given").values_list("recipient__username", flat=True)
    assert list(told) == ["sam"]
    assert ledger.verify().ok


def test_a_delegation_of_a_delegation_is_refused(board: Board, case: Case) -> None:
    delegate(board, "bob", "sam")
    delegate(board, "sam", "erin")
    fields = {"actor": board.people.erin, "case": case, "choice": "approve", "seat": "seat-2"}
    assert refused(actions.ballot_cast, **fields) == "delegation_chain"
    assert votes(board, "erin", case) == [("seat-4", "own"), ("seat-3", "proxy")]


def test_nobody_recuses_for_another(board: Board, case: Case) -> None:
    delegate(board, "bob", "sam")
    fields = {"choice": "recuse", "seat": "seat-2", "rationale": "For Bob."}
    assert refused(actions.ballot_cast, actor=board.sam, case=case, **fields) == "recuse_is_personal"


def test_the_own_ballot_overrides_the_proxy(board: Board, case: Case) -> None:
    delegate(board, "bob", "sam")
    actions.ballot_cast(actor=board.sam, case=case, choice="approve", seat="seat-2")
    done = board.vote(case, bob="reject")
    assert [(b["by"], b["choice"]) for b in done.tally["ballots"]] == [(board.people.bob.uid, "reject")]
    fields = {"actor": board.sam, "case": case, "choice": "approve", "seat": "seat-2"}
    assert refused(actions.ballot_cast, **fields) == "principal_voted"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"last": day(-1)}, "ends before it begins"),
        ({"first": day(-1)}, "begin before today"),
        ({"last": day(366)}, "longer than 366 days"),
        ({"actions": ["fly"]}, "actions is unknown"),
        ({"kinds": ["weather"]}, "kinds of subject is unknown"),
        ({"max_level": 9}, "outside 1 to 5"),
    ],
)
def test_a_bad_delegation_is_refused(board: Board, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(StandingInvalid, match=reason):
        delegate(board, "bob", "sam", **change)
    assert not Delegation.objects.exists()
    last = LedgerEntry.objects.latest("seq")
    assert (last.type, last.accepted, last.code) == ("delegation.give", False, "standing_invalid")


def test_a_delegation_is_given_by_its_holder_to_another_seat(board: Board) -> None:
    with pytest.raises(StandingInvalid, match="to itself"):
        delegate(board, "bob", "bob")
    with pytest.raises(NotPermitted):
        actions.delegation_give(
            actor=board.secretary,
            principal=seat(board, "bob"),
            delegate=seat(board, "sam"),
            first=TODAY,
            last=FRIDAY,
        )


def test_an_ended_delegation_holds_until_the_end_of_the_day(board: Board, case: Case, clock: Clock) -> None:
    given = delegate(board, "bob", "sam")
    clock.forward(hours=1)
    actions.delegation_end(actor=board.people.bob, delegation=given)
    assert ("seat-2", "proxy") in votes(board, "sam", case)
    clock.forward(days=1)
    assert votes(board, "sam", case) == [("seat-3", "own")]
    with pytest.raises(StandingOver):
        actions.delegation_end(actor=board.people.bob, delegation=given)
    assert ledger.verify().ok


def test_a_delegation_that_has_not_begun_is_taken_back(board: Board, case: Case, clock: Clock) -> None:
    given = delegate(board, "bob", "sam", first=day(1))
    actions.delegation_end(actor=board.people.bob, delegation=given)
    given.refresh_from_db()
    assert given.cancelled
    clock.forward(days=1)
    assert votes(board, "sam", case) == [("seat-3", "own")]
    assert ledger.verify().ok


def test_an_absent_chair_does_not_preside(board: Board, case: Case) -> None:
    away(board, "carol")
    assert refused(actions.case_return, actor=board.people.carol, case=case, reason="More") == (
        "actor_not_allowed"
    )
    assert actions.case_return(actor=board.people.bob, case=case, reason="More").state == "returned"


def test_an_absence_that_would_change_the_past_begins_tomorrow_there(
    board: Board, case: Case, clock: Clock
) -> None:
    actions.case_return(actor=board.people.carol, case=case, reason="More")
    actions.case_resume(actor=board.people.dave, case=case)
    row = away(board, "carol")
    data = CaseAmendment.objects.get().data
    assert '"from":"2026-11-24"' in data
    assert row.first == TODAY
    assert actions.case_return(actor=board.people.carol, case=case, reason="More").state == "returned"
    actions.absence_end(actor=board.people.carol, absence=row)
    assert '"cancelled":true' in CaseAmendment.objects.latest("seq").data
    assert ledger.verify().ok


def test_a_delegate_who_is_away_casts_no_proxy(board: Board, case: Case) -> None:
    delegate(board, "bob", "sam")
    away(board, "sam")
    assert votes(board, "sam", case) == [("seat-3", "own")]
    fields = {"actor": board.sam, "case": case, "choice": "approve", "seat": "seat-2"}
    assert refused(actions.ballot_cast, **fields) == "delegate_absent"


def test_absences_are_declared_by_holder_or_secretary_once_a_day(board: Board) -> None:
    row = actions.absence_declare(
        actor=board.secretary, seat=seat(board, "bob"), first=day(1), last=day(3), reason="On leave"
    )
    assert row.declared_by == board.secretary
    with pytest.raises(StandingInvalid, match="recorded already"):
        away(board, "bob", day(1))
    with pytest.raises(NotPermitted):
        actions.absence_declare(actor=board.sam, seat=seat(board, "bob"), first=day(5), last=day(6))
    with pytest.raises(InvalidInput):
        actions.absence_declare(
            actor=board.sam, seat=seat(board, "sam"), first=TODAY, last=TODAY, reason="leave \u202e evael"
        )
    assert Absence.objects.count() == 1


def test_a_standing_conflict_bars_at_once_and_from_the_next_case(
    board: Board, case: Case, things: Things
) -> None:
    actions.conflict_register(
        actor=board.people.bob,
        member=board.people.bob,
        parties=[board.people.dave.uid],
        reason="We share a project.",
    )
    assert refused(actions.ballot_cast, actor=board.people.bob, case=case, choice="approve") == (
        "seat_ineligible"
    )
    things.digests["second"] = OTHER
    later = board.open("second")
    assert refused(actions.ballot_cast, actor=board.people.bob, case=later, choice="approve") == (
        "seat_ineligible"
    )
    assert ledger.verify().ok


def test_what_another_declares_is_told_with_its_reason(board: Board, case: Case) -> None:
    reason = "Is married to the requester."
    row = actions.conflict_register(
        actor=board.people.carol, member=board.sam, parties=[board.people.dave.uid], reason=reason
    )
    codes = set(Notice.objects.filter(recipient=board.sam).values_list("code", flat=True))
    assert codes >= {"conflict_registered_for_you", "conflict_declared_for_you"}
    with pytest.raises(NotPermitted):
        actions.conflict_end(actor=board.sam, conflict=row)
    with pytest.raises(NotPermitted):
        actions.conflict_register(
            actor=board.sam, member=board.people.bob, parties=[board.people.dave.uid], reason="x"
        )
    client = Client()
    client.force_login(board.sam)
    page = client.get(f"/cases/{case.uid}").content.decode()
    assert reason in page
    assert "declared a conflict of interest of yours" in page


def test_a_conflict_that_may_not_be_declared_in_a_case_comes_onto_the_agenda(
    board: Board, case: Case
) -> None:
    actions.conflict_declare(actor=board.people.carol, case=case, member=board.people.carol, reason="Mine")
    actions.conflict_register(
        actor=board.people.carol, member=board.sam, parties=[board.people.dave.uid], reason="Friends"
    )
    assert AgendaItem.objects.get().code == "conflict_not_declared"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"parties": []}, StandingInvalid),
        ({"parties": ["nobody"]}, StandingInvalid),
        ({"subjects": ["nothing"]}, StandingInvalid),
        ({"subjects": ["thing"], "reason": " "}, InvalidInput),
        ({"subjects": ["thing"], "reason": "x" * 100_000}, InvalidInput),
        ({"subjects": ["thing"], "last": day(-3)}, StandingInvalid),
    ],
)
def test_a_bad_conflict_is_refused(board: Board, fields: dict[str, Any], error: type[DomainError]) -> None:
    bob = board.people.bob
    with pytest.raises(error):
        actions.conflict_register(actor=bob, member=bob, **({"reason": "A project"} | fields))
    assert not Conflict.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda: Delegation.objects.update(delegate=Seat.objects.get(code="seat-4")),
        lambda: Absence.objects.update(reason="Other"),
        lambda: CaseAmendment.objects.filter(kind="absence").update(data="{}"),
        lambda: Absence.objects.all().delete(),
    ],
)
def test_facts_changed_behind_the_ledgers_back_are_found(board: Board, case: Case, change: Any) -> None:
    delegate(board, "bob", "sam")
    away(board, "erin")
    assert ledger.verify().ok
    with lifted():
        change()
    assert not ledger.verify().ok


def test_the_register_is_for_the_committee(board: Board) -> None:
    delegate(board, "bob", "sam")
    for name, seen in (("erin", 1), ("secretary", 1), ("xia", 1), ("bob", 1), ("mallory", 0)):
        assert selectors.delegations(board.person(name)).count() == seen, name


def signed_in(board: Board, name: str, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(board.person(name))
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("reader", ["carol", "xia", "secretary", "mallory"])
def test_every_page_opens_for_every_reader(board: Board, reader: str, language: str) -> None:
    delegate(board, "bob", "sam", actions=["train"], max_level=3)
    away(board, "carol")
    actions.conflict_register(
        actor=board.people.bob, member=board.people.bob, subjects=["thing"], reason="Mine"
    )
    client = signed_in(board, reader, language)
    register = "/committee/register?kind="
    for url in (
        "/committee/my-seat",
        "/committee/register",
        f"{register}absence&over=on&q=car",
        f"{register}conflict&sort=member",
        f"{register}delegation&sort=-last&page=9",
        "/committee/conflicts/new",
        "/committee/conflicts/new?kind=dataset_version&id=thing",
    ):
        assert client.get(url).status_code == 200, url


def test_a_day_of_standing_facts_by_the_pages(board: Board, case: Case) -> None:
    client, mine = signed_in(board, "bob"), seat(board, "bob")
    away_url = f"/committee/seats/{mine.uid}/absence"
    assert client.post(away_url, {"first": "2026-11-24", "last": "2026-11-25"}).status_code == 302
    assert client.post(away_url, {"first": "2026-11-01", "last": "2026-11-25"}).status_code == 400
    proxy_url = f"/committee/seats/{mine.uid}/delegation"
    proxy = {"delegate": seat(board, "sam").uid, "first": "2026-11-23", "last": "2026-11-27"}
    assert client.post(proxy_url, proxy).status_code == 302
    assert client.post(proxy_url, proxy | {"delegate": mine.uid}).status_code == 400
    page = client.get("/committee/my-seat").content.decode()
    assert "Sam Sun" in page
    given = Delegation.objects.get()
    assert client.get(f"/committee/delegations/{given.uid}/end").status_code == 200
    assert client.post(f"/committee/delegations/{given.uid}/end").status_code == 302
    assert client.post(f"/committee/absences/{Absence.objects.get().uid}/end").status_code == 302
    form = {"member": board.people.bob.uid, "reason": "Mine"}
    assert client.post("/committee/conflicts/new?kind=dataset_version&id=thing", form).status_code == 302
    assert client.post(f"/committee/conflicts/{Conflict.objects.get().uid}/end").status_code == 302
    assert ledger.verify().ok


def test_other_peoples_forms_are_not_found(board: Board) -> None:
    given, client = delegate(board, "bob", "sam"), signed_in(board, "mallory")
    mine = seat(board, "bob")
    for url in (
        f"/committee/seats/{mine.uid}/absence",
        f"/committee/seats/{mine.uid}/delegation",
        "/committee/seats/guess/delegation",
        f"/committee/delegations/{given.uid}/end",
        "/committee/absences/guess/end",
        "/committee/conflicts/guess/end",
        "/committee/conflicts/new?kind=dataset_version&id=guess",
    ):
        assert client.get(url).status_code == 404, url


def test_the_same_over_the_api(board: Board, case: Case) -> None:
    client = APIClient()
    client.force_authenticate(board.people.bob)
    sent = {"delegate": "seat-3", "first": "2026-11-23", "last": "2026-11-27", "actions": ["train"]}
    made = client.post("/api/v1/delegations", sent)
    assert (made.status_code, made.data["principal"], made.data["delegate"]) == (201, "seat-2", "seat-3")
    bad = client.post("/api/v1/delegations", sent | {"delegate": "seat-2"})
    assert (bad.status_code, bad.data["code"]) == (400, "standing_invalid")
    gone = client.post("/api/v1/absences", {"first": "2026-11-23", "last": "2026-11-24"})
    assert (gone.status_code, gone.data["seat"]) == (201, "seat-2")
    sent = {"parties": [board.people.dave.uid], "reason": "A project"}
    assert client.post("/api/v1/standing-conflicts", sent).status_code == 201
    for name in ("delegations", "absences", "standing-conflicts"):
        rows = client.get(f"/api/v1/{name}?current=1").data["results"]
        assert len(rows) == 1, name
        assert client.post(f"/api/v1/{name}/{rows[0]['uid']}/end").status_code == 200
        again = client.post(f"/api/v1/{name}/{rows[0]['uid']}/end")
        assert (again.status_code, again.data["code"]) == (409, "standing_over")
        assert client.post(f"/api/v1/{name}/guess/end").status_code == 404
    stranger = APIClient()
    stranger.force_authenticate(board.people.mallory)
    assert stranger.get("/api/v1/delegations").data["results"] == []
    assert stranger.post("/api/v1/delegations", sent).status_code == 400
