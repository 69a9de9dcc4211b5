"""Each page for each reader, in both languages; a refused act says why and changes nothing."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from committee.models import Absence, AgendaItem, Case, CaseEvent, Conflict, Delegation
from governance import panels
from governance.models import Permit
from governance.subject_ref import SubjectRef
from tests.committee.conftest import DIGEST, Board, Clock, Things, make_board

READERS = ("carol", "bob", "erin", "dave", "mallory", "secretary", "xia")
COUNTS = Path(__file__).with_name("query_counts.json")
BALLOT = {"choice": "approve", "bound_to": DIGEST, "no_interest": "on"}


def signed_in(board: Board, name: str, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(board.person(name))
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("reader", READERS)
def test_every_page_opens_for_every_reader(board: Board, case: Case, reader: str, language: str) -> None:
    client = signed_in(board, reader, language)
    for tab in ("", "?tab=conditions", "?tab=ballots", "?tab=ledger", "?tab=nonsense"):
        assert client.get(f"/cases/{case.uid}{tab}").status_code == 200
    for url in ("/cases/", "/committee/", "/cases/?waiting=on&state=open&action=train&q=thing&sort=-closes"):
        assert client.get(url).status_code == 200
    assert CaseEvent.objects.count() == 1


def test_who_is_not_signed_in_is_led_to_the_door(board: Board, case: Case) -> None:
    for url in ("/cases/", f"/cases/{case.uid}", "/committee/", "/cases/new", f"/cases/{case.uid}/dossier"):
        assert Client().get(url).status_code == 302


def test_a_guessed_address_is_not_found(board: Board, case: Case) -> None:
    client = signed_in(board, "carol")
    for url in (
        "/cases/guess",
        "/cases/guess/revoke",
        f"/cases/{case.uid}/explode",
        "/cases/guess/dossier",
        "/cases/new?kind=dataset_version&id=guess",
        "/cases/new?kind=x&id=thing",
        "/cases/new",
        "/cases/new?kind=dataset_version&id=%00",
    ):
        assert client.get(url).status_code == 404, url


@pytest.mark.parametrize(
    ("reader", "shown", "hidden"),
    [
        ("carol", ("My ballot", "Return for information"), ("Withdraw the case", "Revoke the permit")),
        ("bob", ("My ballot", "Declare a conflict"), ("Return for information", "Withdraw the case")),
        ("dave", ("Withdraw the case",), ("My ballot", "Return for information")),
        ("mallory", ("What is being decided",), ("My ballot", "Withdraw the case", "Declare a conflict")),
    ],
)
def test_each_reader_is_offered_what_they_may_do(
    board: Board, case: Case, reader: str, shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    page = signed_in(board, reader).get(f"/cases/{case.uid}").content.decode()
    assert all(words in page for words in shown)
    assert not any(words in page for words in hidden)


def test_a_ballot_by_the_page_is_in_the_record(board: Board, case: Case) -> None:
    client = signed_in(board, "carol")
    answer = client.post(f"/cases/{case.uid}/ballot", BALLOT | {"rationale": "Narrow enough."}, follow=True)
    assert answer.status_code == 200
    assert "Your ballot is in the record" in answer.content.decode()
    assert json.loads(case.events.get(type="ballot").data)["rationale"] == "Narrow enough."


def test_a_conditional_ballot_by_the_page(board: Board, case: Case) -> None:
    fields = BALLOT | {
        "choice": "conditional",
        "c1_id": "mask",
        "c1_owner": board.people.alice.uid,
        "c1_due": "2026-12-01",
        "c1_when": "before_use",
        "c1_evidence": "PII-03 passes",
    }
    assert signed_in(board, "carol").post(f"/cases/{case.uid}/ballot", fields).status_code == 302
    stored = json.loads(case.events.get(type="ballot").data)
    assert (stored["choice"], [c["id"] for c in stored["conditions"]]) == ("approve", ["mask"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"choice": ""}, 400),
        ({"choice": "maybe"}, 400),
        ({"no_interest": ""}, 400),
        ({"choice": "reject"}, 400),
        ({"choice": "conditional"}, 400),
        ({"choice": "conditional", "c1_evidence": "x", "c1_due": "2020-01-01", "c1_owner": "nobody"}, 400),
        ({"rationale": "x" * 100_000}, 400),
        ({"rationale": "nul \x00"}, 400),
        ({"bound_to": "sha256:other"}, 409),
        ({"bound_to": ""}, 400),
    ],
)
def test_a_bad_ballot_stays_in_the_form_and_writes_nothing(
    board: Board, case: Case, change: dict[str, str], status: int
) -> None:
    answer = signed_in(board, "carol").post(f"/cases/{case.uid}/ballot", BALLOT | change)
    assert answer.status_code == status
    assert 'id="ballot"' in answer.content.decode()
    assert CaseEvent.objects.count() == 1


def test_a_ballot_of_somebody_not_seated_is_refused_in_words(board: Board, case: Case) -> None:
    answer = signed_in(board, "mallory").post(f"/cases/{case.uid}/ballot", BALLOT)
    assert answer.status_code == 403
    assert CaseEvent.objects.count() == 1


def test_acts_by_page_from_return_to_revocation(board: Board, case: Case) -> None:
    chair, asker = signed_in(board, "carol"), signed_in(board, "dave")
    for client, act, fields in (
        (chair, "return", {"reason": "Which columns?"}),
        (asker, "resume", {}),
        (signed_in(board, "bob"), "conflict", {"member": board.people.bob.uid, "reason": "My team."}),
    ):
        assert client.get(f"/cases/{case.uid}/{act}").status_code == 200
        assert client.post(f"/cases/{case.uid}/{act}", fields).status_code == 302, act
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    assert chair.post(f"/cases/{done.uid}/revoke", {"reason": ""}).status_code == 400
    assert chair.post(f"/cases/{done.uid}/revoke", {"reason": "Licence ended"}).status_code == 302
    assert asker.post(f"/cases/{done.uid}/withdraw").status_code == 409
    assert signed_in(board, "mallory").post(f"/cases/{done.uid}/return", {"reason": "x"}).status_code == 409


def test_the_presiding_member_confirms_a_condition_by_page(board: Board, case: Case) -> None:
    fields = BALLOT | {
        "choice": "conditional",
        "c1_id": "mask",
        "c1_owner": board.people.alice.uid,
        "c1_due": "2026-12-01",
        "c1_when": "before_use",
        "c1_evidence": "PII-03 passes",
    }
    signed_in(board, "carol").post(f"/cases/{case.uid}/ballot", fields)
    board.vote(case, sam="approve", erin="approve")
    client = signed_in(board, "secretary")
    page = client.get(f"/cases/{case.uid}").content.decode()
    assert f"/cases/{case.uid}/conditions/mask" in page
    assert client.get(f"/cases/{case.uid}/conditions/mask").status_code == 200
    assert client.post(f"/cases/{case.uid}/conditions/mask", {"evidence": "Run 12"}).status_code == 302
    assert client.post(f"/cases/{case.uid}/conditions/other", {"evidence": "Run 12"}).status_code == 409


NEW = {
    "purpose": "ranking",
    "runs": "3",
    "cpu_seconds": "600",
    "job_kinds": "fine_tune",
    "columns": "*",
    "gate": "open",
}


def test_a_case_is_opened_by_the_page(board: Board) -> None:
    client = signed_in(board, "dave")
    url = "/cases/new?kind=dataset_version&id=thing"
    assert "Quality scorecard" in client.get(url).content.decode()
    answer = client.post(url, NEW | {"team": board.engineering.uid})
    case = Case.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.uid}")
    assert case.terms["columns"] == ["*"]
    assert client.post(url, NEW | {"team": board.engineering.uid}).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "two words"},
        {"runs": "0"},
        {"runs": "9" * 30},
        {"job_kinds": "mining"},
        {"team": "other"},
        {"reason": "x" * 100_000},
        {"cpu_seconds": "-1"},
        {"gate": "closed"},
        {"columns": ""},
    ],
)
def test_a_bad_request_for_a_permit_stays_in_the_form(board: Board, change: dict[str, str]) -> None:
    fields = NEW | {"team": board.engineering.uid} | change
    answer = signed_in(board, "dave").post("/cases/new?kind=dataset_version&id=thing", fields)
    assert (answer.status_code, Case.objects.count()) == (400, 0)


def test_sealed_ballots_stay_hidden_until_one_has_voted(
    db: None, clock: Clock, things: Things, no_broker: None
) -> None:
    board = make_board(sealed=True)
    case = board.vote(board.open(), carol="approve")
    url = f"/cases/{case.uid}?tab=ballots"
    for name in ("bob", "mallory", "dave"):
        page = signed_in(board, name).get(url).content.decode()
        assert "Ballots are sealed" in page
        assert "As the evidence says" not in page
    assert "As the evidence says" in signed_in(board, "carol").get(url).content.decode()


def test_the_evidence_file_is_the_bytes_under_the_digest(board: Board, case: Case) -> None:
    client = signed_in(board, "mallory")
    answer = client.get(f"/cases/{case.uid}/dossier")
    assert answer.content == bytes(case.dossier.content)
    assert answer["ETag"] == f'"{case.dossier.digest}"'
    again = client.get(f"/cases/{case.uid}/dossier", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_cases_waiting_are_those_one_can_still_vote_in(board: Board, case: Case) -> None:
    def waiting(name: str) -> bool:
        return case.number in signed_in(board, name).get("/cases/?waiting=on").content.decode()

    assert [name for name in READERS if waiting(name)] == ["carol", "bob", "erin"]
    board.vote(case, carol="approve")
    assert not waiting("carol")


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def around(board: Board, numbers: range) -> None:
    """Standing facts and points of the agenda, one of each kind per number, as rows alone."""
    seats = list(board.committee.seats.order_by("code"))
    by = {"declared_by": board.people.carol, "first": dt.date(2026, 11, 23), "last": dt.date(2026, 12, 1)}
    for n in numbers:
        Absence.objects.create(seat=seats[n % 4], **by)
        pair = {"principal": seats[n % 4], "delegate": seats[(n + 1) % 4]}
        Delegation.objects.create(committee=board.committee, **pair, **by)
        about = {"subjects": [f"v{n}"], "parties": [board.people.dave.uid]}
        Conflict.objects.create(member=seats[n % 4].member, reason="Mine", **about, **by)
        case = Case.objects.get(subject_id=f"v{n}")
        ref = {"subject_kind": "case", "subject_id": case.uid}
        AgendaItem.objects.create(committee=board.committee, code="case_deferred", **ref)


def test_lists_ask_the_database_the_same_at_one_row_and_at_fifty(board: Board, things: Things) -> None:
    things.digests |= {f"v{n}": DIGEST for n in range(50)}
    client = signed_in(board, "carol")
    board.open("v0")
    around(board, range(1))
    client.get("/cases/")
    golden: dict[str, Any] = json.loads(COUNTS.read_text(encoding="utf-8"))
    first = {url: queries(client, url) for url in golden}
    for n in range(1, 50):
        board.open(f"v{n}")
    around(board, range(1, 50))
    assert {url: queries(client, url) for url in golden} == first
    assert first == golden
    assert max(first.values()) <= 16


def test_the_permit_page_leads_to_its_case_and_to_revocation(board: Board, case: Case) -> None:
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    permit = Permit.objects.get(case_id=done.number)
    revoke = f"/cases/{done.uid}/revoke"
    for name, offered in (("carol", True), ("secretary", True), ("bob", False), ("dave", False)):
        page = signed_in(board, name).get(f"/permits/{permit.uid}").content.decode()
        assert f'href="/cases/{done.uid}"' in page
        assert (revoke in page) is offered, name


def test_other_rooms_pages_show_the_cases_about_their_subject(
    board: Board, case: Case, rf: RequestFactory
) -> None:
    request = rf.get("/")
    request.user = board.people.mallory
    ref = SubjectRef("dataset_version", "thing", DIGEST)
    (panel,) = [p for p in panels.panels(request, "dataset_version.panels", ref) if case.number in p]
    assert f"/cases/{case.uid}" in panel
    assert not any(
        case.number in p for p in panels.panels(request, "dataset_version.panels", replace(ref, id="x"))
    )
