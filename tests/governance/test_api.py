"""The REST API of governance: every endpoint for who may, nobody else, and every fault as problem+json."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from governance import tasks
from governance.models import ApiToken, Department, LedgerEntry, Notice, StandardVersion
from governance.notices import send
from governance.subject_ref import SubjectRef
from tests.governance.conftest import DOCUMENT, Company

Api = Callable[[Any], Client]
ROOT = "/api/v1"
LISTS = (
    "users",
    "teams",
    "departments",
    "tokens",
    "standards",
    "standard-versions",
    "decisions",
    "permits",
    "ledger",
    "notices",
)


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"{ROOT}/{path}", json.dumps(body or {}), content_type="application/json")


def problem_of(answer: Any) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content
    body: dict[str, Any] = answer.json()
    assert set(body) >= {"type", "title", "status", "detail", "code"}
    assert body["status"] == answer.status_code
    return body


@pytest.mark.parametrize("name", LISTS)
def test_every_list_answers_members_and_nobody_else(company: Company, api: Api, name: str) -> None:
    answer = api(company.people.dave).get(f"{ROOT}/{name}")
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"next", "previous", "results"}
    refused = Client().get(f"{ROOT}/{name}")
    assert problem_of(refused)["code"] == "not_authenticated"
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"


def one_of_each(company: Company) -> list[str]:
    people, law = company.people, company.law
    return [
        f"users/{people.erin.uid}",
        "users/me",
        f"teams/{people.teams['product'].uid}",
        f"departments/{Department.objects.get().uid}",
        f"standards/{law.standard.uid}",
        f"standard-versions/{law.uid}",
        f"standard-versions/{law.uid}/rules",
        f"standard-versions/{law.uid}/document",
        f"decisions/{company.permit.decision.uid if company.permit.decision else ''}",
        f"permits/{company.permit.uid}",
        f"permits/{company.permit.uid}/uses",
        "ledger/verify",
    ]


def test_every_object_is_read_by_its_uid(company: Company, api: Api) -> None:
    Department.objects.create(code="d", name="D")
    client = api(company.people.dave)
    for path in one_of_each(company):
        assert client.get(f"{ROOT}/{path}").status_code == 200, path
        assert Client().get(f"{ROOT}/{path}").status_code == 401, path
    for name in ("users", "teams", "departments", "standards", "standard-versions", "decisions", "permits"):
        assert problem_of(client.get(f"{ROOT}/{name}/nothing"))["code"] == "not_found"


def test_the_document_comes_back_byte_for_byte(company: Company, api: Api) -> None:
    first = StandardVersion.objects.get(version="1.0.0")
    answer = api(company.people.dave).get(f"{ROOT}/standard-versions/{first.uid}/document")
    assert answer.content == DOCUMENT


def test_rules_come_in_the_order_of_the_document(company: Company, api: Api) -> None:
    answer = api(company.people.dave).get(f"{ROOT}/standard-versions/{company.law.uid}/rules")
    ids = list(company.law.rules.order_by("position").values_list("rule_id", flat=True))
    assert [row["rule_id"] for row in answer.json()["results"]] == ids


WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "users": ("users", {"username": "eve", "name": "Eve"}),
    "teams": ("teams", {"code": "new", "name": "New", "function": "product"}),
    "departments": ("departments", {"code": "new", "name": "New"}),
    "members": ("teams/{team}/members", {"user": "{mallory}"}),
    "deactivate": ("users/{erin}/deactivate", {}),
    "draft": ("standards", {"name": "fresh", "title": "Fresh", "document": DOCUMENT.decode()}),
    "propose": ("standard-versions/{draft}/propose", {}),
    "service token": ("tokens", {"label": "nightly", "user": "{service}"}),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes_are_for_who_may_and_refused_to_a_stranger(
    company: Company, draft: StandardVersion, api: Api, name: str
) -> None:
    people = company.people
    from governance import actions

    service = actions.person_create(actor=people.carol, username="robot", name="Robot", kind="service")
    drafted = actions.standard_draft(
        actor=people.carol, name="more", title="More", document=DOCUMENT.replace(b"id: orders", b"id: more")
    )
    words = {
        "team": people.teams["product"].uid,
        "mallory": people.mallory.uid,
        "erin": people.erin.uid,
        "draft": drafted.uid,
        "service": service.uid,
    }
    path, body = WRITES[name]
    body = {k: v.format(**words) if v.startswith("{") else v for k, v in body.items()}
    refused = post(api(people.mallory), path.format(**words), body)
    assert (refused.status_code, problem_of(refused)["code"]) == (403, "not_permitted")
    assert not LedgerEntry.objects.first().accepted  # type: ignore[union-attr]
    assert post(Client(), path.format(**words), body).status_code == 401
    assert post(api(people.carol), path.format(**words), body).status_code in {200, 201, 204}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("users", {}, 400, "invalid_input"),
        ("users", {"username": "a b", "name": "A"}, 400, "invalid_input"),
        ("users", {"username": "dave", "name": "D"}, 409, "name_taken"),
        ("teams", {"code": "x", "name": "X", "function": "king"}, 400, "invalid_input"),
        ("teams/nothing/members", {"user": "nobody"}, 400, "invalid_input"),
        ("tokens", {"label": "old", "expires_at": "2001-01-01T00:00:00Z"}, 400, "invalid_input"),
        ("standards", {"name": "x", "title": "X", "document": "not: odcs"}, 400, "standard_invalid"),
        ("standards", {"name": "x/y", "title": "X", "document": "x"}, 400, "invalid_input"),
    ],
)
def test_bad_input_is_a_problem_with_a_code(
    company: Company, api: Api, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = post(api(company.people.carol), path, body)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code)


def test_faults_of_http_itself_are_problems_too(company: Company, api: Api) -> None:
    client = api(company.people.dave)
    broken = client.post(f"{ROOT}/tokens", "{", content_type="application/json")
    assert (broken.status_code, problem_of(broken)["code"]) == (400, "parse_error")
    xml = client.post(f"{ROOT}/tokens", "<a/>", content_type="text/xml")
    assert (xml.status_code, problem_of(xml)["code"]) == (415, "unsupported_media_type")
    assert problem_of(client.delete(f"{ROOT}/permits/{company.permit.uid}"))["code"] == "method_not_allowed"
    assert problem_of(client.delete(f"{ROOT}/users/{company.people.erin.uid}"))["status"] == 405


def test_problems_are_told_in_the_readers_language(company: Company, api: Api) -> None:
    client = api(company.people.mallory)
    answer = client.post(
        f"{ROOT}/teams",
        json.dumps({"code": "x", "name": "X", "function": "product"}),
        content_type="application/json",
        headers={"accept-language": "zh-CN,zh;q=0.9"},
    )
    body = problem_of(answer)
    assert body["code"] == "not_permitted"
    assert any("\u4e00" <= c <= "\u9fff" for c in body["title"])
    assert any("\u4e00" <= c <= "\u9fff" for c in body["detail"])


def test_lists_are_paged_by_cursor(company: Company, api: Api) -> None:
    client = api(company.people.dave)
    seen, url = [], f"{ROOT}/ledger?page_size=7"
    while url:
        page = client.get(url).json()
        seen += [row["seq"] for row in page["results"]]
        assert len(page["results"]) <= 7
        url = page["next"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == LedgerEntry.objects.count()


@pytest.mark.parametrize("cursor", ["nonsense", "p=abc", "p=" + "9" * 40, "o=-1", "r=1&p=x", "\x00"])
def test_a_made_up_cursor_is_not_found(company: Company, api: Api, cursor: str) -> None:
    made = base64.b64encode(cursor.encode()).decode()
    for name in ("ledger", "users"):
        answer = api(company.people.dave).get(f"{ROOT}/{name}", {"cursor": made})
        assert answer.status_code in {200, 404}


def test_filters_narrow_and_ignore_nothing(company: Company, api: Api) -> None:
    client = api(company.people.dave)
    assert client.get(f"{ROOT}/ledger", {"type": "team.created"}).json()["results"]
    assert client.get(f"{ROOT}/permits", {"action": "adopt"}).json()["results"]
    assert client.get(f"{ROOT}/permits", {"action": "nothing"}).json()["results"] == []
    assert client.get(f"{ROOT}/standard-versions", {"status": "in_force"}).json()["results"]
    assert client.get(f"{ROOT}/ledger", {"accepted": "maybe"}).status_code in {200, 400}


def test_a_permit_shows_what_it_allows_and_whether_it_holds(company: Company, api: Api) -> None:
    row = api(company.people.dave).get(f"{ROOT}/permits/{company.permit.uid}").json()
    assert row["status"] == "revoked"
    assert row["authentic"] is True
    assert row["terms"]["runs"] == 2
    uses = api(company.people.dave).get(f"{ROOT}/permits/{company.permit.uid}/uses").json()["results"]
    assert [use["kind"] for use in uses] == ["settled", "reserved"]


def test_a_hidden_subject_keeps_its_place_and_says_nothing(company: Company, api: Api) -> None:
    """A dataset version nobody knows stands for one this reader may not see."""
    client = api(company.people.mallory)
    hidden = [r for r in client.get(f"{ROOT}/ledger").json()["results"] if r["type"] == "permit.revoked"]
    assert hidden[0]["subject_id"] == hidden[0]["data"] == hidden[0]["actor"] == hidden[0]["salt"] == ""
    assert hidden[0]["hash"]
    assert client.get(f"{ROOT}/ledger", {"subject_id": company.permit.subject_id}).json()["results"] == []


def test_notices_are_ones_own_and_marked_read(company: Company, api: Api) -> None:
    send(
        [company.people.dave],
        "permit_issued",
        SubjectRef("permit", company.permit.uid),
        action="train",
        title="x",
    )
    assert api(company.people.erin).get(f"{ROOT}/notices").json()["results"] == []
    client = api(company.people.dave)
    assert client.get(f"{ROOT}/notices").json()["results"][0]["text"]
    assert post(api(company.people.erin), "notices/read").status_code == 204
    assert Notice.objects.unread().exists()
    assert post(client, "notices/read").status_code == 204
    assert not Notice.objects.unread().exists()


def test_a_token_is_shown_once_and_revoked_by_its_owner(company: Company, api: Api) -> None:
    client = api(company.people.dave)
    made = post(client, "tokens", {"label": "notebook"})
    text, uid = made.json()["token"], made.json()["uid"]
    assert text.startswith("gvl_")
    assert text not in client.get(f"{ROOT}/tokens").content.decode()
    stranger = api(company.people.mallory).delete(f"{ROOT}/tokens/{uid}")
    assert stranger.status_code == 404
    assert client.delete(f"{ROOT}/tokens/{uid}").status_code == 204
    used = Client(headers={"authorization": f"Bearer {text}"}).get(f"{ROOT}/users/me")
    assert used.status_code == 401
    assert ApiToken.objects.get(uid=uid).revoked_at is not None


def test_the_session_of_a_page_needs_its_csrf_token(company: Company) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(company.people.carol, backend="django.contrib.auth.backends.ModelBackend")
    answer = post(client, "teams", {"code": "x", "name": "X", "function": "product"})
    assert answer.status_code == 403


def test_the_ledger_is_verified_over_http(company: Company, api: Api) -> None:
    path, reader, keeper = f"{ROOT}/ledger/verify", api(company.people.mallory), api(company.people.carol)
    assert reader.get(path).json() == {"last": None, "running": None, "failed": None}
    asked = keeper.post(path)
    assert (asked.status_code, asked.json()["ok"], asked.json()["state"]) == (202, None, "queued")
    second = keeper.post(path)
    assert (second.status_code, second.json()["code"]) == (409, "ledger_check_running")
    assert reader.get(path).json()["running"]["uid"] == asked.json()["uid"]
    entries = LedgerEntry.objects.count()
    assert tasks.ledger_check(asked.json()["uid"])
    body = reader.get(path).json()
    assert body["running"] is None
    assert (body["last"]["ok"], body["last"]["entries"], body["last"]["asked_by"]) == (True, entries, "carol")


def test_only_the_governance_team_has_the_ledger_recomputed(company: Company, api: Api) -> None:
    answer = api(company.people.mallory).post(f"{ROOT}/ledger/verify")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    refused = LedgerEntry.objects.order_by("-seq")[0]
    assert (refused.type, refused.accepted, refused.code) == ("ledger.check", False, "not_permitted")
