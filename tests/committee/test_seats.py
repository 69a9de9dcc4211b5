"""Who sits where, what is vacant and what is thin about the committee; on the page and over the API."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from committee import actions, selectors
from committee.models import Absence, Case, Committee, LawText, Seat
from committee.selectors import Finding
from governance import actions as governance
from governance.models import Membership, Notice, Team, User
from governance.services import people as services
from tests.committee import law
from tests.committee.conftest import Board, Clock, Things, make_board


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.actions.people.outbox_send.delay", lambda: None)


def signed_in(board: Board, name: str, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(board.person(name))
    return client


def found(board: Board) -> dict[str, list[Finding]]:
    """Findings by their code."""
    by_code: dict[str, list[Finding]] = {}
    for finding in selectors.composition_findings(Committee.objects.get()):
        by_code.setdefault(finding.code, []).append(finding)
    return by_code


def row(board: Board, place: str) -> selectors.PlaceRow:
    return next(one for one in selectors.places(board.committee) if one.place == place)


def policy(board: Board, name: str, *composition: dict[str, Any], **rules: Any) -> None:
    """A policy in force, as if a case had adopted it."""
    document = {"id": name, "match": {}, "set": {"composition": list(composition), **rules}}
    LawText.objects.create(
        committee=board.committee,
        kind="policy",
        code=name,
        title="Two lawyers",
        title_zh="两名法务",
        document=json.dumps(document),
        digest="sha256:" + "e" * 64,
        status="in_force",
    )


def needs(function: str, least: int) -> dict[str, Any]:
    return {"kind": "function", "function": function, "of": "present", "min": least}


def test_places_holders_and_days_left(board: Board, clock: Clock) -> None:
    Seat.objects.filter(code="seat-3").update(term_to=dt.date(2026, 12, 31))
    Seat.objects.filter(code="seat-4").update(term_to=dt.date(2027, 12, 31))
    rows = {one.place: one for one in selectors.places(board.committee)}
    assert list(rows) == ["seat-1", "seat-2", "seat-3", "seat-4"]
    assert (rows["seat-3"].days_left, rows["seat-3"].ending) == (38, True)
    assert (rows["seat-4"].days_left, rows["seat-4"].ending) == (403, False)
    assert (rows["seat-1"].days_left, rows["seat-1"].ending) == (None, False)
    assert [f.params["days"] for f in found(board)["term_ending"]] == [38]
    clock.forward(days=40)
    over = row(board, "seat-3")
    assert (over.vacant, over.last and over.last.member) == (True, board.sam)


def test_absences_are_shown(board: Board) -> None:
    seat = Seat.objects.get(code="seat-3")
    Absence.objects.create(
        seat=seat, first=dt.date(2026, 11, 20), last=dt.date(2026, 11, 27), declared_by=board.sam
    )
    assert row(board, "seat-3").absent
    assert not row(board, "seat-4").absent
    page = signed_in(board, "mallory").get("/committee/seats?show=away").content.decode()
    assert "absent until 27 Nov 2026" in page
    assert "seat-4" not in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("reader", ["carol", "mallory", "secretary"])
def test_the_page_opens_for_every_reader(board: Board, reader: str, language: str) -> None:
    client = signed_in(board, reader, language)
    for query in ("", "?q=bob", "?show=vacant", "?show=former", "?show=ending&sort=-place", "?q=%00&show=x"):
        assert client.get(f"/committee/seats{query}").status_code == 200, query
    assert client.get("/committee/seats?committee=guess").status_code == 200
    page = client.get("/committee/seats").content.decode()
    assert ("/resign" in page) is (reader == "carol")


def test_nobody_sees_it_without_signing_in(board: Board) -> None:
    assert Client().get("/committee/seats").status_code == 302
    assert Client().get("/api/v1/committee/seats").status_code == 401


def test_a_sound_committee_has_only_what_is_thin(board: Board) -> None:
    codes = set(found(board))
    assert "function_thin" in codes  # one security seat without an alternate
    assert not codes & {"chair_vacant", "no_deputy", "quorum_impossible", "function_impossible", "vacant"}


def test_a_required_function_with_too_few_seats_is_impossible(board: Board) -> None:
    policy(board, "lawyers", needs("legal", 2))
    (finding,) = found(board)["function_impossible"]
    assert (finding.tone, finding.params["needed"], finding.params["have"]) == ("bad", 2, 1)
    words = finding.as_dict()
    assert words["en"].startswith("Policy “Two lawyers”: seats with the function “legal”: 2 required, 1 held")
    assert words["zh"].startswith("政策“两名法务”")


def test_one_recusal_counts_unless_an_alternate_sits_in(board: Board) -> None:
    policy(board, "owner", needs("data-owner", 1), needs("legal", 1))
    thin = {str(f.params["function"]) for f in found(board)["function_thin"]}
    assert "legal" in thin
    assert "data owner" not in thin  # erin has an alternate
    governance.person_deactivate(actor=board.people.carol, user=board.xia)
    thin = {str(f.params["function"]) for f in found(board)["function_thin"]}
    assert "data owner" in thin


def test_a_quorum_beyond_the_seats_is_impossible_and_one_at_their_number_thin(
    db: None, clock: Clock, things: Things, no_broker: None
) -> None:
    everybody = {"basis": "count", "value": 4, "abstentions": True, "proxies": False}
    board = make_board(quorum=everybody)
    assert {f.tone for f in found(board)["quorum_thin"]} == {"warn"}
    actions.seat_resign(actor=board.sam, seat=Seat.objects.get(code="seat-3"), reason="New duties.")
    assert {f.params["have"] for f in found(board)["quorum_impossible"]} == {3}


def test_chair_deputy_secretary_and_nobody_at_all(board: Board) -> None:
    Seat.objects.filter(role="deputy").update(role="member")
    User.objects.filter(pk=board.secretary.pk).update(is_active=False)
    assert {"no_deputy", "no_secretary"} <= set(found(board))
    Seat.objects.filter(role="chair").update(role="deputy")
    assert [f.tone for f in found(board)["chair_vacant"]] == ["warn"]
    Seat.objects.filter(role="deputy").update(role="member")
    assert [f.tone for f in found(board)["chair_vacant"]] == ["bad"]
    Seat.objects.update(term_to=dt.date(2026, 11, 1))
    assert "no_seats" in found(board)
    assert all(one.vacant for one in selectors.places(board.committee))


def test_teams_with_too_many_seats(board: Board) -> None:
    product = board.people.teams["product"]
    Seat.objects.filter(code="seat-2").update(team=product)
    (majority,) = found(board)["team_majority"]
    assert (majority.params["have"], majority.params["all"]) == (3, 4)
    policy(board, "cap", {"kind": "team_cap", "max": 1})
    assert {f.params["cap"] for f in found(board)["team_cap"]} == {1}
    majority_of_all = {"basis": "all", "threshold": "2/3", "strict": False}
    policy(board, "all", {"kind": "team_cap", "max": 1}, majority=majority_of_all)
    (stuck,) = found(board)["team_cap_impossible"]
    assert stuck.tone == "bad"


def test_holders_who_left_serve_no_team_or_are_no_people(board: Board) -> None:
    User.objects.filter(pk=board.sam.pk).update(is_active=False)  # the sweep has not come yet
    User.objects.filter(pk=board.people.erin.pk).update(kind="service")
    Membership.objects.filter(user=board.people.bob).delete()
    engineering = board.people.teams["engineering"]
    Membership.objects.filter(user=board.people.carol).update(team=engineering)
    codes = found(board)
    assert [f.params["person"] for f in codes["holder_left"]] == [board.sam]
    assert [f.params["person"] for f in codes["holder_service"]] == [board.people.erin]
    assert {f.params["person"] for f in codes["holder_no_team"]} == {board.sam, board.people.bob}
    assert [f.params["person"] for f in codes["holder_other_team"]] == [board.people.carol]


def test_findings_and_places_over_the_api(board: Board) -> None:
    governance.person_deactivate(actor=board.people.carol, user=board.sam)
    client = signed_in(board, "mallory")
    held = client.get("/api/v1/committee/seats").json()
    assert [p["vacant"] for p in held["places"]] == [False] * 4
    assert {f["code"] for f in held["findings"]} >= {"holder_left"}
    assert all(f["en"] and f["zh"] and f["en"] != f["zh"] for f in held["findings"])
    from committee.clock import seats_tick

    seats_tick()
    after = client.get("/api/v1/committee/seats?committee=board").json()
    (vacant,) = [p for p in after["places"] if p["vacant"]]
    assert (vacant["place"], vacant["seat"]) == ("seat-3", None)
    assert client.get("/api/v1/committee/seats?committee=guess").status_code == 409
    page = client.get("/committee/seats?show=former").content.decode()
    assert "Left the company" in page


def test_a_vacant_place_is_filled_by_a_case_and_the_new_holder_votes_at_once(
    board: Board, case: Case
) -> None:
    from committee.clock import seats_tick

    governance.person_deactivate(actor=board.people.carol, user=board.people.bob)
    seats_tick()
    assert row(board, "seat-2").vacant
    wanted = law.seat(board, "seat-2", "mallory", role="deputy", functions=["legal"])
    text = law.proposed(board, "seat", wanted)
    law.decide(board, text, "carol", "sam", "erin")
    law.clock_law.on_law_permit_issued(subject_kind=text.kind, subject_id=text.uid)
    filled = row(board, "seat-2")
    assert filled.seat is not None
    assert filled.seat.member == board.people.mallory
    page = signed_in(board, "mallory").get(f"/cases/{case.uid}").content.decode()
    assert "My ballot" in page
    assert "may vote in this case" in page
    told = Notice.objects.filter(code="case_opened", recipient=board.people.mallory)
    assert told.filter(subject_id=case.uid).count() == 1
    case.refresh_from_db()
    done = board.vote(case, mallory="approve")
    assert any(ballot["seat"] == filled.seat.code for ballot in done.tally["ballots"])


def test_the_pages_of_people_and_teams_tell_of_seats_and_cases(board: Board, case: Case) -> None:
    client = signed_in(board, "carol")
    bob = client.get(f"/organisation/people/{board.people.bob.uid}/deactivate").content.decode()
    assert "Holds the place seat-2" in bob
    dave = client.get(board.people.dave.get_absolute_url()).content.decode()
    assert case.number in dave
    xia = client.get(board.xia.get_absolute_url()).content.decode()
    assert "Alternate of Erin Fang" in xia
    team = client.get(board.people.teams["product"].get_absolute_url()).content.decode()
    assert "seat-4" in team
    chart = client.get("/organisation").content.decode()
    assert "seat-4" in chart


def test_a_condition_still_to_be_met_is_on_the_persons_page(board: Board, case: Case) -> None:
    condition = {"id": "mask", "owner": board.people.alice.uid, "due": "2026-12-01", "when": "by_due"}
    actions.ballot_cast(
        actor=board.people.carol,
        case=case,
        choice="approve",
        rationale="As the evidence says.",
        conditions=[condition | {"evidence": "Rule PII-03 passes"}],
    )
    board.vote(case, sam="approve", erin="approve")
    url = board.people.alice.get_absolute_url()
    assert "condition mask" in signed_in(board, "carol").get(url).content.decode()
    case.refresh_from_db()
    actions.condition_confirm(actor=board.secretary, case=case, condition="mask", evidence="Run 12")
    assert "condition mask" not in signed_in(board, "carol").get(url).content.decode()


def test_the_page_asks_the_database_the_same_for_four_seats_and_for_fifty(board: Board) -> None:
    client = signed_in(board, "mallory")

    def counted(url: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    urls = ("/committee/seats", "/committee/seats?show=former", "/api/v1/committee/seats")
    Seat.objects.filter(code="seat-3").update(term_to=dt.date(2026, 11, 1))
    counted(urls[0])
    first = [counted(url) for url in urls]
    team = Team.objects.get(code="product")
    for number in range(50):
        user = services.user_create(actor=None, username=f"m{number}", name=f"M{number}")
        services.membership_start(actor=None, team=team, user=user)
        end = dt.date(2026, 11, 1) if number % 2 else None
        code = f"x-{number}"
        Seat.objects.create(
            committee=board.committee,
            code=code,
            place=code,
            member=user,
            team=team,
            term_from=dt.date(2026, 1, 1),
            term_to=end,
        )
        policy(board, f"p{number}", needs("legal", 1))
    assert [counted(url) for url in urls] == first
    assert max(first) <= 17
