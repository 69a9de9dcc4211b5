"""What no client of MLflow sends: bad bodies, wrong types, unknown ids, floods. Never a 500."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.services import people as services
from modeling.exceptions import MlflowInvalid
from modeling.mlflow.grammar import parse_filter, parse_order
from modeling.mlflow.urls import urlpatterns
from modeling.models import MetricPoint, TrackedParam, TrainingRun
from modeling.services import tracking
from tests.modeling.conftest import Company

BASE = "/api/2.0/mlflow"


@pytest.fixture
def api(company: Company) -> Client:
    secret = services.token_issue(actor=company.people.dave, user=company.people.dave, label="t")[1]
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})


def post(api: Client, address: str, body: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return api.post(f"{BASE}/{address}", text, "application/json")


@pytest.fixture
def run(company: Company, api: Client) -> str:
    permit = company.permit(company.versions["train"])
    tags = [{"key": "gavel.permit", "value": permit.uid}]
    answer = post(api, "runs/create", {"experiment_id": company.plan.uid, "tags": tags})
    assert answer.status_code == 200, answer.json()
    return str(answer.json()["run"]["info"]["run_id"])


JUNK = (
    "",
    "{",
    "[]",
    "null",
    '"x"',
    "NaN",
    '{"run_id": NaN}',
    b"\xff\xfe",
    '{"run_id": "\\ud800"}',
    "[" * 9999,
)


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_a_body_that_is_no_object_is_told_in_mlflows_words(api: Client, junk: str | bytes) -> None:
    for address in ("runs/create", "runs/log-batch", "runs/search", "runs/update", "experiments/search"):
        answer = post(api, address, junk)
        assert answer.status_code in {200, 400, 404}, (address, answer.content)
        if answer.status_code != 200:
            assert answer.json()["error_code"]
            assert answer.json()["code"]


WRONG = (
    None,
    True,
    -1,
    1.5,
    10**30,
    "x",
    "x" * 9000,
    "a\0b",
    [],
    [1],
    [{}],
    {},
    {"a": 1},
    [[]],
    "runs",
    "\ud7ff",
)


def test_wrong_types_everywhere_are_never_a_500(company: Company, api: Client, run: str) -> None:
    right = {
        "run_id": run, "key": "k", "value": 1, "timestamp": 1, "step": 1, "metrics": [], "params": [],
        "tags": [], "experiment_ids": [company.plan.uid], "filter": "", "order_by": [], "max_results": 1,
        "page_token": "", "status": "RUNNING", "run_name": "n", "experiment_id": company.plan.uid,
    }  # fmt: skip
    read = {
        "create": ("experiment_id", "run_name", "tags"), "update": ("run_id", "status", "run_name"),
        "search": ("experiment_ids", "filter", "order_by", "max_results", "page_token"),
        "log-metric": ("run_id", "key", "value", "timestamp", "step"), "log-parameter": ("key", "value"),
        "log-batch": ("metrics", "params", "tags"), "set-tag": ("key", "value"), "delete-tag": ("key",),
    }  # fmt: skip
    for address, fields in read.items():
        for field in fields:
            for wrong in WRONG:
                answer = post(api, f"runs/{address}", {**right, field: wrong})
                assert answer.status_code < 500, (address, field, wrong, answer.content)


def test_every_get_answers_any_query(api: Client, run: str) -> None:
    queries = (
        "", "run_id=%FF", "run_id=" + "x" * 999, f"run_id={run}&metric_key=loss&page_token=!!", "path=../..",
        f"run_id={run}&path=../../..", f"path=runs/{run}/..", "version=x&name=y", "max_results=0", "a=%00",
        f"run_id={run}&metric_key=a&page_token=eyJvZmZzZXQiOiAtMX0=", "filter=)(", "max_results=-1",
    )  # fmt: skip
    for pattern in urlpatterns[:-1]:
        for query in queries:
            answer = api.get(f"/api/2.0/{pattern.pattern}?{query}".replace("<path:path>", f"runs/{run}/x"))
            assert answer.status_code < 500, (pattern, query, answer.content)
            if answer.status_code >= 400:
                assert "error_code" in answer.json(), (pattern, query)


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        ".hidden",
        "a\\b",
        "a//b",
        "x" * 300,
        "a/" * 20 + "b",
        "c:x",
        "a%00",
    ],
)
def test_a_path_never_leaves_the_folder_of_the_run(api: Client, run: str, path: str) -> None:
    address = f"/api/2.0/mlflow-artifacts/artifacts/runs/{run}/{path}"
    answer = api.put(address, b"x", "application/octet-stream")
    assert answer.status_code in {400, 404}, answer.content
    assert api.get(address).status_code in {400, 404}


def test_unknown_routes_and_missing_tokens_speak_mlflow(api: Client) -> None:
    unknown = api.get(f"{BASE}/gateway/secrets")
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    nobody = Client().get(f"{BASE}/runs/get?run_id=x")
    assert (nobody.status_code, nobody.json()["error_code"]) == (401, "UNAUTHENTICATED")
    method = api.get(f"{BASE}/runs/create")
    assert (method.status_code, method.json()["error_code"]) == (405, "ENDPOINT_NOT_FOUND")


def test_a_session_is_no_token(company: Company, run: str) -> None:
    """Else a page of another site could make a signed-in browser write."""
    browser = Client()
    browser.force_login(company.people.dave)
    assert browser.get(f"{BASE}/runs/get?run_id={run}").status_code == 401


def metrics(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"key": "loss", "value": 1.0, "timestamp": 1, "step": start + step} for step in range(count)]


def test_the_limits_of_one_delivery(api: Client, run: str) -> None:
    assert post(api, "runs/log-batch", {"run_id": run, "metrics": metrics(1000)}).status_code == 200
    too_many = post(api, "runs/log-batch", {"run_id": run, "metrics": metrics(1001)})
    assert (too_many.status_code, too_many.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    params = [{"key": f"p{number}", "value": "1"} for number in range(101)]
    assert post(api, "runs/log-batch", {"run_id": run, "params": params}).status_code == 400
    long = post(api, "runs/log-parameter", {"run_id": run, "key": "p", "value": "x" * 6001})
    assert long.status_code == 400
    body = post(api, "runs/log-batch", {"run_id": run, "junk": "x" * 2**20})
    assert (body.status_code, body.json()["code"]) == (400, "mlflow_invalid")
    assert (MetricPoint.objects.count(), TrackedParam.objects.count()) == (1000, 0)


def test_a_flood_meets_a_limit_that_says_so(api: Client, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "MOST_POINTS", 2500)
    said = [
        post(api, "runs/log-batch", {"run_id": run, "metrics": metrics(1000, 1000 * n)}) for n in range(4)
    ]
    assert [answer.status_code for answer in said] == [200, 200, 413, 413]
    told = said[-1].json()
    assert (told["error_code"], told["code"]) == ("REQUEST_LIMIT_EXCEEDED", "run_full")
    assert MetricPoint.objects.count() == TrainingRun.objects.get().progress_done == 2000
    monkeypatch.setattr(tracking, "MOST_PARAMS", 150)
    for part in range(2):
        params = [{"key": f"p{part}.{number}", "value": "1"} for number in range(100)]
        answer = post(api, "runs/log-batch", {"run_id": run, "params": params})
    assert (answer.status_code, TrackedParam.objects.count()) == (413, 100)


def test_a_run_keeps_no_more_files_than_it_may(api: Client, run: str, settings: Any) -> None:
    settings.GAVEL_UPLOAD_LIMIT = 1000
    put = [
        api.put(f"/api/2.0/mlflow-artifacts/artifacts/runs/{run}/{n}.txt", b"x" * 400, "text/plain")
        for n in range(3)
    ]
    assert [answer.status_code for answer in put] == [200, 200, 413]
    assert put[-1].json()["code"] == "run_full"


def test_search_asks_as_often_for_many_runs_as_for_one(company: Company, api: Client) -> None:
    permit = company.permit(company.versions["train"], terms={"runs": 50, "cpu_seconds": None})
    tags = [{"key": "gavel.permit", "value": permit.uid}]
    counted = []
    for rows in (1, 20):
        while TrainingRun.objects.count() < rows:
            post(api, "runs/create", {"experiment_id": company.plan.uid, "tags": tags})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = post(api, "runs/search", {"experiment_ids": [company.plan.uid]})
        assert len(answer.json()["runs"]) == rows
        counted.append(len(queries))
    assert 0 < counted[0] == counted[1] <= 15


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="metrics.pay`'\"()=<>!,and INOTlike1.5e\\%", max_size=60))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    for parse in (parse_filter, lambda found: parse_order([found])):
        with contextlib.suppress(MlflowInvalid):
            parse(text)
