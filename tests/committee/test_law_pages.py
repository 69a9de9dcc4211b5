"""Pages and API of law: each for each reader, forms and programs end in the same action."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from committee import linting, rehearsal
from committee.models import Case, LawText
from tests.committee.conftest import Board
from tests.committee.law import NEW_CHARTER, decide, draft, in_force, proposed, seat, writer
from tests.committee.test_law import POLICY, founding

COUNTS = Path(__file__).with_name("query_counts.json")
READERS = ("carol", "secretary", "dave", "mallory")
API = "/api/v1/committee/law"
PAGES = ("/committee/law/", "/committee/rules", "/committee/rules?action=train&level=3&purpose=x")


def client(board: Board, name: str, language: str = "en") -> Client:
    made = Client(HTTP_ACCEPT_LANGUAGE=language)
    made.force_login(board.person(name))
    return made


def program(board: Board, name: str, language: str = "en") -> APIClient:
    made = APIClient(HTTP_ACCEPT_LANGUAGE=language)
    made.force_authenticate(board.person(name))
    return made


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("reader", READERS)
def test_every_page_opens_for_every_reader(board: Board, case: Case, reader: str, language: str) -> None:
    draft(board, "policy", POLICY)
    proposed(board, "seat", seat(board, "seat-9", "mallory", alternate="alice", team="product"))
    in_force(board, "access_rule", {"action": "read", "min_level": 4})
    browser = client(board, reader, language)
    for text in LawText.objects.all():
        page = browser.get(text.get_absolute_url())
        assert page.status_code == 200
    for url in (*PAGES, f"/cases/{case.uid}?tab=rules", "/committee/"):
        assert browser.get(url).status_code == 200, url


def test_who_is_not_signed_in_is_led_to_the_door_and_guesses_are_not_found(board: Board) -> None:
    text = draft(board, "policy", POLICY)
    for url in (*PAGES, text.get_absolute_url(), "/committee/law/new/policy"):
        assert Client().get(url).status_code == 302
    browser = client(board, "secretary")
    for url in (
        "/committee/law/guess",
        "/committee/law/new/poem",
        "/committee/law/new/policy?from=guess",
        f"/committee/law/new/seat?from={text.uid}",
        "/committee/law/new/policy?committee=other",
        "/committee/rules?committee=%00x",
    ):
        assert browser.get(url).status_code == 404, url
    assert browser.post(f"/committee/law/{text.uid}/burn").status_code == 404
    assert client(board, "dave").get("/committee/law/new/policy").status_code == 404
    assert client(board, "dave").get(f"/committee/law/{text.uid}/edit").status_code == 404
    assert browser.get("/committee/rules?action=fly&level=3").status_code == 400


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", ["charter", "policy", "access_rule", "seat", "committee_founding"])
def test_each_editor_opens_by_fields_and_as_json(board: Board, kind: str, language: str) -> None:
    writer(board)
    browser = client(board, "secretary", language)
    assert browser.get(f"/committee/law/new/{kind}").status_code == 200
    assert browser.get(f"/committee/law/new/{kind}?form=json").status_code == 200
    for text in LawText.objects.filter(kind=kind):
        assert browser.get(f"/committee/law/new/{kind}?from={text.uid}").status_code == 200


def fields_of(browser: Client, url: str) -> dict[str, Any]:
    """What the form shows, as a browser would send it back."""
    form = browser.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in sent.items() if value is not None and value is not False}


def test_a_charter_from_its_form_to_force_by_pages(board: Board) -> None:
    writer(board)
    browser = client(board, "secretary")
    url = "/committee/law/new/charter"
    fields = fields_of(browser, url) | {"version": "charter-2027-1", "deadline_days": "7", "sealed": "yes"}
    fields |= {"f1_function": "security", "f1_of": "approvals", "f1_min": "1"}
    seen = browser.post(url, fields | {"preview": "1"})
    assert (seen.status_code, LawText.objects.filter(kind="charter").count()) == (200, 1)
    page = seen.content.decode()
    assert "Voting is open for 7 working days." in page
    assert "表决开放 7 个工作日。" in page
    assert browser.post(url, fields).status_code == 302
    text = LawText.objects.get(kind="charter", number=2)
    assert text.data["composition"] == [
        {"kind": "function", "function": "security", "of": "approvals", "min": 1}
    ]
    assert fields_of(browser, f"{text.get_absolute_url()}/edit")["deadline_days"] == 7
    assert browser.post(f"{text.get_absolute_url()}/propose").status_code == 302
    assert "Open adoption case" in browser.get(text.get_absolute_url()).content.decode()
    assert browser.post(f"{text.get_absolute_url()}/adopt").status_code == 403
    asked = f"/cases/new?kind=charter&id={text.uid}"
    team = board.people.teams["governance"].uid
    assert browser.post(asked, {"purpose": "governance", "team": team}).status_code == 302
    case = Case.objects.get()
    board.vote(case, carol="approve", bob="approve", sam="approve")
    assert "Put into force" in browser.get(text.get_absolute_url()).content.decode()
    assert browser.post(f"{text.get_absolute_url()}/adopt").status_code == 302
    text.refresh_from_db()
    assert text.status == "in_force"
    assert "charter-2027-1" in browser.get("/committee/").content.decode()


def test_the_round_trip_of_every_form_keeps_the_document(board: Board) -> None:
    rich = POLICY | {
        "match": {"actions": ["train"], "min_level": 3, "purposes": ["a", "b"], "min_rows_share": "1/10"},
        "set": POLICY["set"]
        | {
            "quorum": {"basis": "share", "value": "1/2", "abstentions": False, "proxies": True},
            "composition": [
                {"kind": "function", "function": "security", "of": "present", "min": 1},
                {"kind": "team_cap", "max": 2},
            ],
            "min_open_hours": 0,
            "on_deadline": "escalate",
            "escalate_to": "board",
        },
    }
    texts = [
        draft(board, "charter", NEW_CHARTER),
        draft(board, "policy", rich),
        draft(board, "access_rule", {"action": "read", "min_level": 5}),
        draft(
            board, "seat", seat(board, "seat-9", "mallory", functions=["legal", "security"], team="product")
        ),
    ]
    browser = client(board, "secretary")
    for text in texts:
        before, url = text.data, f"{text.get_absolute_url()}/edit"
        answer = browser.post(url, fields_of(browser, url) | {"note": "again"})
        assert answer.status_code == 302, (text.kind, answer.context["form"].errors)
        text.refresh_from_db()
        assert (text.data, text.note) == (before, "again"), text.kind
        raw = f"{url}?form=json"
        assert browser.post(raw, fields_of(browser, raw)).status_code == 302
        text.refresh_from_db()
        assert text.data == before


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("charter", {}),
        ("charter", {"version": "charter-2027-1", "threshold": "1.5"}),
        ("policy", {"id": "two words"}),
        ("policy", {"id": "p", "quorum_basis": "count"}),
        ("policy", {"id": "p", "threshold": "1/3", "majority_basis": "cast", "strict": "yes"}),
        ("access_rule", {"action": "fly", "min_level": "9"}),
        ("seat", {"place": "seat-9"}),
        ("seat", {"place": "seat-9", "member": "nobody", "role": "member", "term_from": "2026-01-01"}),
        ("committee_founding", {"raw": "{"}),
        ("committee_founding", {"raw": "[]"}),
        ("committee_founding", {"raw": "{}"}),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_bad_fields_stay_in_the_form(board: Board, kind: str, fields: dict[str, str], language: str) -> None:
    writer(board)
    before = LawText.objects.count()
    answer = client(board, "secretary", language).post(f"/committee/law/new/{kind}", fields)
    assert (answer.status_code, LawText.objects.count()) == (400, before)


def test_a_charter_that_can_never_be_met_is_refused_in_words_of_both_languages(board: Board) -> None:
    quorum = {"basis": "count", "value": 9, "abstentions": True, "proxies": False}
    text = draft(board, "charter", NEW_CHARTER | {"quorum": quorum})
    for language, words in (("en", "4 eligible seats, quorum needs 9"), ("zh-hans", "法定人数需要 9")):
        browser = client(board, "secretary", language)
        assert words in browser.get(f"{text.get_absolute_url()}/lint").content.decode()
        answer = browser.post(f"{text.get_absolute_url()}/propose")
        assert answer.status_code == 409
        assert words in answer.content.decode()
    refused = program(board, "secretary").post(f"{API}/{text.uid}/propose")
    assert (refused.status_code, refused.data["code"]) == (409, "charter_never_met")


def test_a_policy_over_the_api_from_draft_to_force(board: Board) -> None:
    writer(board)
    asker = program(board, "secretary")
    made = asker.post(
        API, {"kind": "policy", "document": POLICY, "title": "Sensitive data", "note": "New"}, "json"
    )
    assert (made.status_code, made.data["status"], made.data["number"]) == (201, "draft", 1)
    url = f"{API}/{made.data['uid']}"
    document = POLICY | {"match": {"min_level": 3}}
    body = {"document": document, "digest": made.data["digest"]}
    assert asker.put(url, body, "json").data["document"] == document
    assert asker.put(url, body, "json").status_code == 409
    lint = asker.get(f"{url}/lint").data
    assert (lint["fatal"], lint["kinds"] > 2) == (False, True)
    assert asker.get(f"{url}/rehearsal").data == {"known": 0, "replayed": 0, "differences": []}
    assert asker.post(f"{url}/propose").data["status"] == "proposed"
    assert asker.post(f"{url}/adopt").data["code"] == "permit_missing"
    decide(board, LawText.objects.get(uid=made.data["uid"]))
    assert asker.post(f"{url}/adopt").data["status"] == "in_force"
    seen = program(board, "mallory").get(url).data
    assert "Ballots stay sealed until voting closes or one has voted." in seen["en"]
    assert seen["zh"][0].startswith("适用")
    rules = program(board, "mallory").get("/api/v1/committee/rules?action=read&level=3").data
    assert rules["policies"] == ["sensitive"]
    (basis,) = [rule for rule in rules["rules"] if rule["parameter"] == "majority.basis"]
    assert (basis["value"], basis["texts"]) == ("eligible", ["sensitive"])
    assert basis["others"] == [{"text": "charter", "value": "cast"}]


def test_lists_over_the_api_are_filtered_and_paged(board: Board) -> None:
    asker = program(board, "mallory")
    assert {row["kind"] for row in asker.get(f"{API}?kind=seat").data["results"]} == {"seat"}
    assert len(asker.get(f"{API}?page_size=2").data["results"]) == 2
    assert asker.get(f"{API}?nonsense=1").status_code == 400
    assert APIClient().get(API).status_code == 401
    assert asker.get(f"{API}/guess").status_code == 404
    assert asker.get("/api/v1/committee/rules?action=read").status_code == 400
    assert asker.get("/api/v1/committee/rules?action=read&level=3&committee=other").status_code == 400


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("dave", {"kind": "policy", "document": POLICY}, 403, "not_permitted"),
        ("secretary", {"kind": "policy", "document": {}}, 400, "charter_invalid"),
        ("secretary", {"kind": "policy", "document": [1]}, 400, "invalid_input"),
        ("secretary", {"kind": "poem", "document": {}}, 400, "invalid_input"),
        ("secretary", {"kind": "policy", "document": POLICY, "committee": "other"}, 400, "invalid_input"),
        ("secretary", {"kind": "charter", "document": {}, "repeals": True}, 400, "charter_invalid"),
    ],
)
def test_refusals_over_the_api(board: Board, name: str, body: dict[str, Any], status: int, code: str) -> None:
    writer(board)
    for language in ("en", "zh-hans"):
        answer = program(board, name, language).post(API, body, "json")
        assert (answer.status_code, answer.data["code"]) == (status, code)


def queries(browser: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert browser.get(url).status_code == 200
    return len(caught)


def test_lists_ask_the_database_the_same_at_one_row_and_at_fifty(board: Board, case: Case) -> None:
    browser = client(board, "carol")
    counts: dict[str, int] = json.loads(COUNTS.read_text(encoding="utf-8"))
    golden = {url: number for url, number in counts.items() if url.startswith("/committee/law/")}
    draft(board, "policy", POLICY)
    browser.get("/committee/law/")
    first = {url: queries(browser, url) for url in golden}
    for number in range(50):
        draft(board, "policy", POLICY | {"id": f"p{number}"})
    assert {url: queries(browser, url) for url in golden} == first
    assert first == golden


def test_the_page_of_a_further_committee_shows_its_own_law(board: Board) -> None:
    in_force(board, "committee_founding", founding(board))
    browser = client(board, "mallory")
    assert "?committee=risk-board" in browser.get("/committee/").content.decode()
    page = browser.get("/committee/?committee=risk-board").content.decode()
    assert "risk-1" in page
    assert browser.get("/committee/?committee=other").status_code == 404
    rules = browser.get("/committee/rules?committee=risk-board&action=train&level=5")
    assert "No policy applies" in rules.content.decode()


TRIALS = (linting, "lint_of"), (linting, "lint_today"), (rehearsal, "rehearse")


def test_no_page_of_law_tries_cases_by_itself(
    board: Board, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, browser = draft(board, "charter", NEW_CHARTER), client(board, "mallory")
    for module, name in TRIALS:
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("a page tried cases"))
    page = browser.get(text.get_absolute_url()).content.decode()
    assert f'hx-get="{text.get_absolute_url()}/lint"' in page
    assert f'href="{text.get_absolute_url()}/rehearsal"' in page  # without scripts it is a link
    rules = browser.get("/committee/rules").content.decode()
    assert 'hx-get="/committee/rules/today?committee=board"' in rules


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_the_engine_finds_is_a_part_of_the_page_or_a_page(
    board: Board, case: Case, language: str
) -> None:
    board.vote(case, carol="approve", sam="approve", erin="approve")
    needs = [{"kind": "function", "function": "legal", "of": "approvals", "min": 1}]
    document = NEW_CHARTER | {"composition": needs, "early_close": "never"}
    url, browser = draft(board, "charter", document).get_absolute_url(), client(board, "mallory", language)
    for place, anchor, words in (
        (f"{url}/lint", "lint", "badge"),
        (f"{url}/rehearsal", "rehearsal", case.number),
        ("/committee/rules/today?committee=board", "lint", "stack"),
    ):
        part = browser.get(place, headers={"HX-Request": "true"}).content.decode()
        whole = browser.get(place).content.decode()
        assert f'id="{anchor}"' in part, place
        assert words in part, place
        assert "<html" not in part, place
        assert "<html" in whole, place
        assert words in whole, place
        assert Client().get(place).status_code == 302


def test_what_cannot_be_tried_has_no_trial(board: Board) -> None:
    rule = draft(board, "access_rule", {"action": "read", "min_level": 4})
    place, browser = draft(board, "seat", seat(board, "seat-9", "mallory")), client(board, "secretary")
    assert browser.get(f"{rule.get_absolute_url()}/lint").status_code == 404
    assert browser.get(f"{place.get_absolute_url()}/lint").status_code == 200
    assert browser.get(f"{place.get_absolute_url()}/rehearsal").status_code == 404
    assert browser.get("/committee/law/guess/lint").status_code == 404
    assert browser.get("/committee/rules/today?committee=other").status_code == 404
