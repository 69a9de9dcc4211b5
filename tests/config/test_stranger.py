"""What a stranger sends to any address: faults of the API are problem documents, no address is a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from config import middleware
from governance.api import parsers
from tests.people import People, make_people

ADDRESSES = ("/api/v1/nothing", "/api/", "/api/v1/datasets/..%2F..%2Fetc", "/api/v1/datasets/")


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@pytest.fixture
def dave(people: People) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(people.dave, backend="django.contrib.auth.backends.ModelBackend")
    return client


def problem_of(answer: Any, status: int, code: str) -> None:
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["title"]
    assert "{" not in answer.json()["title"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_unknown_address_of_the_api_is_a_problem_document(dave: Client, address: str) -> None:
    problem_of(dave.get(address), 404, "not_found")


def test_a_crash_in_the_api_is_a_problem_document(dave: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.api.base.actor_of", lambda _request: 1 // 0)
    problem_of(dave.get("/api/v1/sources"), 500, "internal")


def test_the_problem_is_in_the_language_of_the_asker(dave: Client) -> None:
    answer = dave.get("/api/v1/nothing", headers={"accept-language": "zh-hans"})
    assert answer.json()["title"] == "此地址没有内容。"


def test_a_wrong_method_names_itself_and_the_right_ones(dave: Client) -> None:
    answer = dave.delete("/api/v1/sources")
    problem_of(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("name", ["schema", "api_docs"])
def test_faults_of_schema_and_documentation_are_json_too(dave: Client, name: str) -> None:
    problem_of(dave.post(reverse(name)), 405, "method_not_allowed")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 5_000, b"{", b"\xff\xfe\x00"])
def test_a_body_that_cannot_be_read_is_refused(dave: Client, body: bytes) -> None:
    problem_of(dave.generic("POST", "/api/v1/sources", body, "application/json"), 400, "parse_error")


@pytest.mark.parametrize("body", [b'{"kind": "\\ud800"}', b'{"references": {"\\udfff": [{"a": "x"}]}}'])
def test_half_a_character_is_refused(dave: Client, body: bytes) -> None:
    problem_of(dave.generic("POST", "/api/v1/sources", body, "application/json"), 400, "invalid_input")


def test_an_unknown_charset_is_read_as_utf8(dave: Client) -> None:
    answer = dave.generic("POST", "/api/v1/sources", b"{}", "application/json; charset=bogus")
    problem_of(answer, 400, "invalid_input")


def test_a_json_body_has_a_bound(dave: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, "MOST_BYTES", 100)
    body = json.dumps({"name": "x" * 200})
    problem_of(dave.post("/api/v1/sources", body, "application/json"), 413, "body_too_large")


@pytest.mark.parametrize("address", ["/api/v1/datasets/%00", "/api/v1/datasets/a%00b/rows"])
def test_nul_in_an_address_of_the_api_is_not_found(dave: Client, address: str) -> None:
    problem_of(dave.get(address), 404, "not_found")


def test_nul_in_a_query_is_refused_by_the_api_and_dropped_by_pages(dave: Client) -> None:
    problem_of(dave.get("/api/v1/cases?subject_id=%00"), 400, "bad_request")
    assert dave.get("/datasets/?q=%00").status_code == 200
    assert dave.get("/datasets/%00").status_code == 404


def test_a_length_that_is_no_number_is_a_problem_in_the_api() -> None:
    guard = middleware.UploadLimit(lambda _: pytest.fail("was let through"))
    problem = guard(RequestFactory().post("/api/v1/x", CONTENT_LENGTH="-5"))
    assert json.loads(problem.content)["code"] == "bad_request"  # type: ignore[attr-defined]


LISTS = (
    "datasets",
    "dataset-versions",
    "validation-runs",
    "cases",
    "training-runs",
    "model-versions",
    "ledger",
    "users",
    "recipes",
)


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_a_list_does_not_know_is_refused_not_ignored(dave: Client, name: str) -> None:
    answer = dave.get(f"/api/v1/{name}?colour=red")
    problem_of(answer, 400, "invalid_input")
    assert "colour" in answer.json()["errors"]
    assert dave.get(f"/api/v1/{name}?page_size=5").status_code == 200


def test_parameters_a_view_reads_itself_are_known(dave: Client) -> None:
    assert dave.get("/api/v1/cases?waiting=1").status_code == 200
    assert dave.get("/api/v1/training-runs/nobody/metrics?metric=loss").status_code == 404
