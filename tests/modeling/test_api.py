"""The API of modeling: the same actions, the same refusals, stable codes; a bad request is never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Dataset
from governance.choices import JobState
from modeling.models import Backbone, ModelVersion, TrainingPlan, TrainingRun
from modeling.tasks import run_execute
from tests.engines.training import tiny
from tests.modeling.conftest import Company, PlayedChild, checked

Played = type[PlayedChild]


@pytest.fixture
def api(company: Company, client: Client) -> Client:
    client.force_login(company.people.dave)
    return client


def post(api: Client, path: str, **data: Any) -> Any:
    return api.post(f"/api/v1/{path}", json.dumps(data), "application/json")


def plan_document(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in tiny.pair_plan(**changes).items() if key != "backbone"}


def run_request(company: Company, **changes: Any) -> dict[str, Any]:
    inputs = [{"role": role, "version": version.uid} for role, version in company.versions.items()]
    return {"plan": company.plan.uid, "inputs": inputs, "cpu_seconds": 600, **changes}


def test_from_backbone_to_model_over_the_api(company: Company, api: Client, played: Played) -> None:
    company.permit_all()
    made = post(api, "backbones", name="b2", kind="folder", place="tiny", licence="MIT")
    assert (made.status_code, made.json()["state"]) == (201, "unchecked")
    early = post(api, "training-plans", name="p2", backbone=made.json()["uid"], document=plan_document())
    assert (early.status_code, early.json()["code"]) == (409, "backbone_not_ready")
    backbone = checked(Backbone.objects.get(uid=made.json()["uid"]))
    plan = post(api, "training-plans", name="p2", backbone=made.json()["uid"], document=plan_document())
    assert plan.status_code == 201, plan.json()
    assert plan.json()["document"]["backbone"] == {"name": "b2", "digest": backbone.digest}
    run = post(api, "training-runs", **run_request(company, plan=plan.json()["uid"]))
    assert (run.status_code, run.json()["state"]) == (201, "queued")
    uid = run.json()["uid"]
    run_execute(uid)
    shown = api.get(f"/api/v1/training-runs/{uid}").json()
    assert (shown["state"], len(shown["inputs"])) == ("succeeded", 3)
    assert len(api.get(f"/api/v1/training-runs/{uid}/metrics?metric=train/loss").json()["results"]) == 3
    assert len(api.get(f"/api/v1/training-runs/{uid}/evaluation").json()["results"]) == 6
    cards = api.get(f"/api/v1/model-versions/{shown['model']}/cards").json()
    assert {card["language"] for card in cards} == {"en", "zh"}
    done = post(api, f"model-versions/{shown['model']}/quarantine", reason="odd")
    assert done.json()["state"] == "quarantined"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (plan_document() | {"surprise": 1}, "plan.unknown_key"),
        (plan_document() | {"task": "nothing"}, "plan.unknown_task"),
        (plan_document() | {"method": "nothing"}, "plan.unknown_method"),
        (plan_document(recipe={"epochs": "many"}), "plan.invalid"),
        (plan_document(recipe={"epochs": 10**400}), "plan.invalid"),
        (plan_document() | {"purpose": ""}, "plan.invalid"),
        (plan_document() | {"purpose": "p" * 81}, "invalid_input"),
        (plan_document() | {"purpose": "a\u0000b"}, "invalid_input"),
        (plan_document(text={"left": ["\ud800"]}), "invalid_input"),
        (plan_document(text={"left": "left_title"}), "plan.invalid"),
        (plan_document() | {"text": None}, "plan.invalid"),
        (plan_document(options={"rank": 1}), "plan.unknown_key"),
        ({}, "plan.invalid"),
    ],
)
def test_a_bad_plan_has_a_stable_code(company: Company, api: Client, document: Any, code: str) -> None:
    answer = post(api, "training-plans", name="p", backbone=company.backbone.uid, document=document)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert TrainingPlan.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"inputs": []}, 400, "inputs_incomplete"),
        ({"inputs": [{"role": "train", "version": "VERSION"}]}, 400, "inputs_incomplete"),
        ({"inputs": [{"role": "train", "version": "VERSION"}] * 2}, 400, "inputs_incomplete"),
        ({"inputs": [{"role": "train", "version": "nobody"}, {"role": "test", "version": "VERSION"}]},
         404, "not_found"),
        ({"plan": "nobody"}, 400, "invalid_input"),
        ({"cpu_seconds": 0}, 400, "invalid_input"),
        ({"cpu_seconds": 10**30}, 400, "invalid_input"),
        ({"inputs": [{"role": "spy", "version": "VERSION"}]}, 400, "invalid_input"),
        ({"name": "x" * 500}, 400, "invalid_input"),
        ({"inputs": "text"}, 400, "invalid_input"),
    ],
)  # fmt: skip
def test_a_bad_request_for_a_run_has_a_stable_code(
    company: Company, api: Client, changes: dict[str, Any], status: int, code: str
) -> None:
    text = json.dumps(run_request(company, **changes)).replace("VERSION", company.versions["train"].uid)
    answer = post(api, "training-runs", **json.loads(text))
    assert answer.status_code == status, answer.json()
    if code != "invalid_input":
        assert answer.json()["code"] == code
    assert not TrainingRun.objects.exists()


def test_a_hidden_version_and_one_that_does_not_exist_answer_alike(company: Company, api: Client) -> None:
    dataset = company.versions["train"].dataset
    Dataset.objects.filter(pk=dataset.pk).update(level=5)
    hidden = post(api, "training-runs", **run_request(company))
    text = json.dumps(run_request(company)).replace(company.versions["train"].uid, "nobody")
    nobody = post(api, "training-runs", **json.loads(text))
    assert hidden.status_code == nobody.status_code == 404
    assert hidden.json()["code"] == nobody.json()["code"] == "not_found"


def test_a_run_waits_where_it_is_asked_to(company: Company, api: Client) -> None:
    answer = post(api, "training-runs", **run_request(company, wait=True)).json()
    assert (answer["state"], answer["reason"]) == ("waiting", "permit_missing")
    stopped = post(api, f"training-runs/{answer['uid']}/cancel").json()
    assert stopped["state"] == JobState.CANCELLED
    again = post(api, f"training-runs/{answer['uid']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "run_over")
    assert post(api, f"training-runs/{answer['uid']}/notes", notes="n").json()["notes"] == "n"


def test_mallory_gets_nothing(company: Company, client: Client, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    run_execute(run.uid)
    model = ModelVersion.objects.get()
    Dataset.objects.update(level=5)
    client.force_login(company.people.mallory)
    for path in (
        f"training-runs/{run.uid}", f"training-runs/{run.uid}/metrics", f"training-runs/{run.uid}/log",
        f"training-runs/{run.uid}/evaluation", f"model-versions/{model.uid}",
        f"model-versions/{model.uid}/cards",
    ):  # fmt: skip
        assert client.get(f"/api/v1/{path}").status_code == 404, path
    for path in (f"training-runs/{run.uid}/cancel", f"model-versions/{model.uid}/quarantine"):
        assert post(client, path, reason="x").status_code == 404, path
    assert client.get("/api/v1/training-runs").json()["results"] == []
    assert post(client, "backbones", name="x", kind="folder", place="tiny", licence="MIT").status_code == 403
    document = plan_document()
    answer = post(client, "training-plans", name="p", backbone=company.backbone.uid, document=document)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert Backbone.objects.count() == 1


def test_nobody_is_answered_without_signing_in(company: Company, client: Client) -> None:
    for path in ("backbones", "training-plans", "training-runs", "model-versions"):
        assert client.get(f"/api/v1/{path}").status_code in {401, 403}
