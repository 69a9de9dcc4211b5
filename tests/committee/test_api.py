"""The REST API says the same as the pages: scoped reads, the engine's codes, both languages."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from rest_framework.test import APIClient

from committee.models import Case, CaseEvent, Committee
from demo import company
from tests.committee.conftest import OTHER, TERMS, Board, Clock, Things, charter, make_board
from tests.people import make_people

ROOT = "/api/v1/cases"


def client(board: Board, name: str, language: str = "en") -> APIClient:
    made = APIClient(HTTP_ACCEPT_LANGUAGE=language)
    made.force_authenticate(board.person(name))
    return made


def body(**changes: Any) -> dict[str, Any]:
    subject = {"kind": "dataset_version", "id": "thing"}
    whole = {
        "action": "train",
        "subject": subject,
        "purpose": "ranking",
        "team": "engineering",
        "terms": TERMS,
    }
    return whole | changes


def test_a_case_from_raising_to_permit_over_the_api(board: Board) -> None:
    made = client(board, "dave").post(ROOT, body())
    assert (made.status_code, made.data["state"]) == (201, "open")
    url = f"{ROOT}/{made.data['uid']}"
    for name in ("carol", "sam", "erin"):
        cast = client(board, name).post(f"{url}/ballots", {"choice": "approve", "no_interest": True})
        assert cast.status_code == 200
    assert cast.data["outcome"] == "approved"
    tally = client(board, "mallory").get(f"{url}/tally").data
    assert (tally["resolution"], tally["permit"]["status"]) == ("board-2026-0001", "active")
    revoked = client(board, "carol").post(f"{url}/revoke", {"reason": "Licence ended"})
    assert revoked.status_code == 200
    assert client(board, "mallory").get(f"{url}/tally").data["permit"]["status"] == "revoked"
    kinds = [e["type"] for e in client(board, "mallory").get(f"{url}/events").data["events"]]
    assert kinds == ["revoked", "ballot", "ballot", "ballot", "open"]


def test_lists_are_scoped_filtered_and_paged(board: Board, case: Case, things: Things) -> None:
    things.digests["second"] = OTHER
    board.open("second")
    asker = client(board, "carol")
    assert len(asker.get(ROOT).data["results"]) == 2
    assert len(asker.get(f"{ROOT}?subject_id=second&state=open&page_size=1").data["results"]) == 1
    assert len(asker.get(f"{ROOT}?state=closed").data["results"]) == 0
    assert asker.get(f"{ROOT}?state=nonsense").status_code == 400
    board.vote(case, carol="approve")
    assert len(asker.get(f"{ROOT}?waiting=1").data["results"]) == 1
    assert APIClient().get(ROOT).status_code == 401


def test_the_dossier_is_its_bytes_and_its_etag_their_digest(board: Board, case: Case) -> None:
    asker = client(board, "mallory")
    answer = asker.get(f"{ROOT}/{case.uid}/dossier")
    digest = "sha256:" + hashlib.sha256(answer.content).hexdigest()
    assert answer["ETag"] == f'"{digest}"'
    assert (
        asker.get(f"{ROOT}/{case.uid}/dossier", headers={"If-None-Match": f'"{digest}"'}).status_code == 304
    )


def test_sealed_ballots_stay_hidden_over_the_api(
    db: None, clock: Clock, things: Things, no_broker: None
) -> None:
    board = make_board(sealed=True)
    case = board.vote(board.open(), carol="approve")
    for name in ("mallory", "bob", "dave"):
        asker = client(board, name)
        tally = asker.get(f"{ROOT}/{case.uid}/tally").data
        assert (tally["ballots"], tally["counts"]["approve"], tally["counts"]["quorum_have"]) == (
            None,
            None,
            1,
        )
        events = asker.get(f"{ROOT}/{case.uid}/events").data["events"]
        assert (events[0]["data"], events[0]["hash"], events[0]["sealed"]) == ({}, "", True)
        assert "approve" not in asker.get(f"{ROOT}/{case.uid}").content.decode()
    assert client(board, "carol").get(f"{ROOT}/{case.uid}/tally").data["counts"]["approve"] == 1


REFUSALS = [
    ("mallory", "ballots", {"choice": "approve"}, 403, "not_entitled"),
    ("bob", "ballots", {"choice": "approve", "seat": "seat-1"}, 403, "not_entitled"),
    ("carol", "ballots", {"choice": "reject"}, 409, "rationale_missing"),
    ("carol", "ballots", {"choice": "maybe"}, 400, "invalid_input"),
    ("carol", "ballots", {}, 400, "invalid_input"),
    ("carol", "ballots", {"choice": "approve", "rationale": "x" * 100_000}, 400, "invalid_input"),
    ("carol", "ballots", {"choice": "approve", "conditions": [{"id": "x"}]}, 400, "invalid_input"),
    ("carol", "ballots", {"choice": "approve", "bound_to": OTHER}, 409, "conflict"),
    ("bob", "return", {"reason": "why"}, 403, "actor_not_allowed"),
    ("carol", "return", {"reason": " "}, 409, "rationale_missing"),
    ("carol", "withdraw", {}, 403, "actor_not_allowed"),
    ("carol", "resume", {}, 409, "wrong_state"),
    ("carol", "revoke", {"reason": "x"}, 409, "permit_not_live"),
    ("carol", "conditions/c1", {"evidence": "x"}, 409, "wrong_state"),
    ("mallory", "conflicts", {"member": "bob", "reason": "x"}, 403, "actor_not_allowed"),
    ("mallory", "conflicts", {"member": "nobody", "reason": "x"}, 400, "invalid_input"),
]


@pytest.mark.parametrize(("name", "act", "sent", "status", "code"), REFUSALS)
def test_refusals_have_their_code_and_write_nothing(
    board: Board, case: Case, name: str, act: str, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = client(board, name).post(f"{ROOT}/{case.uid}/{act}", sent)
    assert (answer.status_code, answer.data["code"]) == (status, code), answer.data
    assert answer["Content-Type"] == "application/problem+json"
    assert CaseEvent.objects.count() == 1


def test_a_past_due_day_has_its_code(board: Board, case: Case) -> None:
    condition = {
        "id": "c1",
        "owner": board.people.alice.uid,
        "due": "2026-11-01",
        "when": "by_due",
        "evidence": "x",
    }
    sent = {"choice": "approve", "conditions": [condition]}
    answer = client(board, "carol").post(f"{ROOT}/{case.uid}/ballots", sent)
    assert (answer.status_code, answer.data["code"]) == (400, "condition_due_past")


@pytest.mark.parametrize(("language", "words"), [("en", "This person may not"), ("zh-hans", "此人无权")])
def test_refusals_speak_both_languages(board: Board, case: Case, language: str, words: str) -> None:
    answer = client(board, "mallory", language).post(f"{ROOT}/{case.uid}/ballots", {"choice": "approve"})
    assert words in answer.data["title"]


@pytest.mark.parametrize("act", ["", "/tally", "/dossier", "/events"])
def test_a_guessed_id_is_not_found(board: Board, act: str) -> None:
    assert client(board, "carol").get(f"{ROOT}/guess{act}").status_code == 404
    assert client(board, "carol").post(f"{ROOT}/guess/ballots", {"choice": "approve"}).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"subject": {"kind": "dataset_version", "id": "guess"}}, 404, "subject_unknown"),
        ({"subject": {"kind": "weather", "id": "thing"}}, 404, "subject_unknown"),
        ({"action": "adopt"}, 404, "subject_unknown"),
        ({"action": "fly"}, 400, "invalid_input"),
        ({"team": "product"}, 403, "not_permitted"),
        ({"team": "nobody"}, 400, "invalid_input"),
        ({"terms": []}, 400, "invalid_input"),
        ({"terms": {"runs": 1}}, 400, "terms_invalid"),
        ({"terms": TERMS | {"columns": "abc"}}, 400, "terms_invalid"),
        ({"terms": TERMS | {"job_kinds": {"a": 1}}}, 400, "terms_invalid"),
        ({"terms": TERMS | {"gate": ["open"]}}, 400, "terms_invalid"),
        ({"terms": TERMS | {"columns": ["x" * 100_000]}}, 400, "terms_invalid"),
        ({"purpose": "two words"}, 400, "invalid_input"),
        ({"reason": "x" * 100_000}, 400, "invalid_input"),
    ],
)
def test_a_bad_case_is_refused(board: Board, change: dict[str, Any], status: int, code: str) -> None:
    answer = client(board, "dave").post(ROOT, body(**change))
    assert (answer.status_code, answer.data["code"]) == (status, code), answer.data
    assert not Case.objects.exists()


def founding(**changes: Any) -> dict[str, Any]:
    seats = [
        {"seat": f"seat-{n}", "member": name, "role": role, "term_from": "2026-01-05"}
        for n, (name, role) in enumerate((("carol", "chair"), ("bob", "member"), ("erin", "member")), start=1)
    ]
    policies = [{"title": p.title, "title_zh": p.title_zh, "document": p.document} for p in company.POLICIES]
    whole = {
        "code": "board",
        "name": "Board",
        "calendar": company.calendar(),
        "charter": charter(),
        "seats": seats,
        "policies": policies,
        "access": {"read": 3},
    }
    return whole | changes


def test_the_committee_is_founded_and_read_over_the_api(db: None, clock: Clock) -> None:
    people = make_people()
    asker = APIClient()
    asker.force_authenticate(people.dave)
    assert asker.get("/api/v1/committee").data["code"] == "no_committee"
    assert asker.post("/api/v1/committee/found", founding()).data["code"] == "not_permitted"
    asker.force_authenticate(people.carol)
    made = asker.post("/api/v1/committee/found", founding())
    assert made.status_code == 201
    assert asker.post("/api/v1/committee/found", founding()).data["code"] == "committee_exists"
    shown = asker.get("/api/v1/committee").data
    assert [seat["member"] for seat in shown["seats"]] == ["carol", "bob", "erin"]
    assert "Quorum: 3 seats." in shown["charter"]["en"]
    assert "法定人数：3 席。" in shown["charter"]["zh"]
    assert shown["access"] == {"read": 3}


@pytest.mark.parametrize(
    "change",
    [
        {"charter": {}},
        {"seats": []},
        {"calendar": {}},
        {"access": {"fly": 1}},
        {"policies": [{"title": "x"}]},
        {"policies": [{"title": "x", "document": {}}]},
        {"secretary": "nobody"},
        {"code": "two words"},
    ],
)
def test_a_bad_founding_is_refused_whole(db: None, clock: Clock, change: dict[str, Any]) -> None:
    asker = APIClient()
    asker.force_authenticate(make_people().carol)
    assert asker.post("/api/v1/committee/found", founding(**change)).status_code == 400
    assert not Committee.objects.exists()
