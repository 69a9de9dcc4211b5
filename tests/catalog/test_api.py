"""The API drives the same actions: register, upload, check, clean, read; refusals are problem+json."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from catalog import tasks
from catalog.models import Dataset, DatasetVersion, IngestRun, Quarantine, ValidationRun
from tests.catalog.conftest import BAD, GOOD, Shop
from tests.catalog.test_cleaning import RECIPE


def client_of(user: object) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def call(client: APIClient, method: str, path: str, body: Any = None, **kwargs: Any) -> Any:
    return getattr(client, method)(f"/api/v1/{path}", body, **kwargs)


def test_the_whole_loop_over_the_api(shop: Shop) -> None:
    dave, alice = client_of(shop.people.dave), client_of(shop.people.alice)
    made = call(
        dave,
        "post",
        "datasets",
        {
            "name": "orders-api",
            "title": "Orders",
            "source": "web-shop",
            "standard": "orders",
            "object_name": "orders",
            "owner": "erin",
            "steward": "alice",
        },
    )
    assert made.status_code == 201, made.data
    uid = made.data["uid"]
    sent = call(
        alice,
        "post",
        f"datasets/{uid}/uploads",
        {"file": SimpleUploadedFile("o.csv", BAD.encode())},
        format="multipart",
    )
    assert sent.status_code == 202, sent.data
    tasks.ingest_run(sent.data["uid"])
    run = call(alice, "get", f"ingest-runs/{sent.data['uid']}").data
    assert run["state"] == "succeeded"
    version = run["version"]
    check = call(alice, "post", f"dataset-versions/{version}/validate", {})
    assert check.status_code == 202, check.data
    tasks.validation_run(check.data["uid"])
    assert call(alice, "get", f"validation-runs/{check.data['uid']}").data["gate"] == "closed"
    outcomes = call(alice, "get", f"validation-runs/{check.data['uid']}/outcomes").data
    assert {"order_id.unique"} <= {o["rule_id"] for o in outcomes}
    held = call(dave, "post", "recipes", {"name": "tidy", "title": "Tidy", "document": RECIPE})
    assert held.status_code == 201, held.data
    clean = call(alice, "post", f"dataset-versions/{version}/clean", {"recipe_version": held.data["uid"]})
    assert clean.status_code == 202, clean.data
    tasks.cleaning_run(clean.data["uid"])
    done = call(alice, "get", f"cleaning-runs/{clean.data['uid']}").data
    assert (done["rows_in"], done["rows_out"], done["rows_quarantined"]) == (3, 1, 2)
    graph = call(alice, "get", f"dataset-versions/{version}/lineage").data
    assert len(graph["edges"]) == 1
    assert call(alice, "get", f"dataset-versions/{version}/gate").data["state"] == "closed"
    assert call(alice, "get", f"dataset-versions/{version}/columns").data[0]["name"] == "order_id"
    assert call(alice, "get", f"dataset-versions/{version}/scorecard").data["gate"] == "closed"
    quarantine = Quarantine.objects.get()
    rows = call(alice, "post", f"quarantines/{quarantine.uid}/rows", {"purpose": "incident"}).data
    assert "email" in rows["masked"]
    cell = {"purpose": "incident", "row": 2, "column": "email"}
    assert call(alice, "post", f"quarantines/{quarantine.uid}/cell", cell).data == {"value": "b@x.no"}
    assert call(alice, "post", f"dataset-versions/{version}/cell", cell).data == {"value": "b@x.no"}
    assert "b@x.no" not in str(
        call(alice, "post", f"dataset-versions/{version}/rows", {"purpose": "incident"}).data
    )
    incident = call(alice, "get", "incidents").data["results"][0]
    solved = call(alice, "post", f"incidents/{incident['uid']}/resolve", {"note": "Cleaned."})
    assert solved.data["state"] == "resolved"


def test_a_bare_body_is_streamed(shop: Shop) -> None:
    path = f"/api/v1/datasets/{shop.dataset.uid}/uploads?filename=o.csv&label=train"
    answer = client_of(shop.people.alice).put(path, GOOD.encode(), content_type="application/octet-stream")
    assert answer.status_code == 202, answer.data
    tasks.ingest_run(answer.data["uid"])
    assert DatasetVersion.objects.get().label == "train"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("post", "sources", {"name": "x", "title": "x"}, 403, "not_permitted"),
        ("post", "sources", {"name": "x y", "title": ""}, 400, "invalid_input"),
        ("get", "datasets/nowhere", None, 404, "not_found"),
        ("get", "validation-runs/nowhere/outcomes", None, 404, "not_found"),
        (
            "post",
            "splits",
            {"versions": ["x"], "targets": {}, "left": ["a"], "right": ["b"]},
            400,
            "invalid_input",
        ),
        ("post", "dataset-versions/nowhere/validate", {}, 404, "not_found"),
        ("put", "datasets/{dataset}/uploads?filename=o.csv", b"abc", 403, "not_permitted"),
    ],
)
def test_refusals_are_problem_json_with_a_code(
    shop: Shop, method: str, path: str, body: Any, status: int, code: str
) -> None:
    client = client_of(shop.people.mallory)
    kwargs = {"content_type": "application/octet-stream"} if isinstance(body, bytes) else {}
    answer = call(client, method, path.format(dataset=shop.dataset.uid), body, **kwargs)
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert answer["Content-Type"].startswith("application/problem+json")


def test_too_large_and_unknown_kinds_over_the_api(shop: Shop, settings: Any) -> None:
    settings.GAVEL_UPLOAD_LIMIT = 10
    client = client_of(shop.people.alice)
    path = f"datasets/{shop.dataset.uid}/uploads?filename="
    octets = {"content_type": "application/octet-stream"}
    assert call(client, "put", f"{path}o.csv", b"x" * 100, **octets).data["code"] == "upload:too-large"
    assert call(client, "put", f"{path}o.xls", b"x", **octets).data["code"] == "upload:kind-unknown"
    assert call(client, "put", path, b"x", **octets).status_code == 415
    assert not IngestRun.objects.exists()


def test_nobody_signed_in_reads_nothing(shop: Shop) -> None:
    for path in ("datasets", "sources", "validation-runs", "incidents", "quarantines", "dataset-versions"):
        assert APIClient().get(f"/api/v1/{path}").status_code in (401, 403)


def test_restricted_rows_are_not_listed_to_strangers(shop: Shop) -> None:
    shop.version()
    Dataset.objects.update(level=4)
    stranger, steward = client_of(shop.people.mallory), client_of(shop.people.alice)
    for path in ("datasets", "dataset-versions"):
        assert call(stranger, "get", path).data["results"] == []
        assert len(call(steward, "get", path).data["results"]) == 1


def test_changing_and_roles_over_the_api(shop: Shop) -> None:
    erin, mallory = client_of(shop.people.erin), client_of(shop.people.mallory)
    path = f"datasets/{shop.dataset.uid}"
    assert call(erin, "patch", path, {"level": 3}).data["level"] == 3
    assert call(erin, "patch", path, {"level": 1}).status_code == 403
    assert call(mallory, "patch", path, {"title": "Mine"}).status_code == 404
    added = call(erin, "post", f"{path}/ownerships", {"user": "dave", "role": "custodian"})
    assert added.status_code == 201
    assert len(call(erin, "get", f"{path}/ownerships").data["results"]) == 3
    assert call(erin, "post", f"ownerships/{added.data['uid']}/end").status_code == 204
    assert call(mallory, "post", f"ownerships/{added.data['uid']}/end").status_code == 404


def test_a_job_is_cancelled_over_the_api(shop: Shop) -> None:
    version, client = shop.version(), client_of(shop.people.alice)
    check = call(client, "post", f"dataset-versions/{version.uid}/validate", {}).data
    assert call(client, "post", f"validation-runs/{check['uid']}/cancel").data["state"] == "cancelled"
    assert call(client, "post", f"validation-runs/{check['uid']}/cancel").data["code"] == "job_over"
    assert ValidationRun.objects.get().state == "cancelled"
