"""Cards hold valid metadata of the Hub, read back by its own library; what is none registers no model."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from huggingface_hub import ModelCard as HubCard

from governance.choices import JobState
from modeling.card_metadata import check, head, licence_of
from modeling.exceptions import CardInvalid
from modeling.models import Backbone, ModelVersion, TrainingRun
from modeling.tasks import run_execute
from tests.modeling.conftest import Company, PlayedChild


@pytest.fixture
def finished(company: Company, played: type[PlayedChild]) -> TrainingRun:
    company.permit_all()
    run = company.ask()
    run_execute(run.uid)
    run.refresh_from_db()
    return run


def test_the_hubs_own_library_reads_every_card(finished: TrainingRun) -> None:
    for card in finished.model.cards.all():
        data = HubCard(card.text).data
        found = head(finished, finished.result)
        assert data.license == found["license"]
        assert data.base_model == found["base_model"]
        assert data.pipeline_tag == "sentence-similarity"
        scores = {one.metric_type: one.metric_value for one in data.eval_results or []}
        assert scores == {"auc": 0.8, "ap": 0.8}
        revisions = {one.dataset_revision for one in data.eval_results or []}
        assert revisions == {finished.inputs.get(role="test").digest}


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("mit", {"license": "mit"}),
        ("GPL-3.0-or-later", {"license": "gpl-3.0"}),
        ("LicenseRef-house", {"license": "other", "license_name": "licenseref-house"}),
        ("MIT AND Apache-2.0", {"license": "other", "license_name": "mit-and-apache-2.0"}),
    ],
)
def test_licences(expression: str, wanted: dict[str, str]) -> None:
    assert licence_of(expression) == wanted


def test_no_licence_is_no_licence() -> None:
    for text in ("", "free for all", "Apache 2"):
        with pytest.raises(CardInvalid):
            licence_of(text)


def broken(found: dict[str, Any], path: list[Any], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(found)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


RESULT = ["model-index", 0, "results", 0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["license"], "Apache 2.0"),
        (["license"], "other"),
        (["license_name"], "apache-2.0"),
        (["base_model"], "/srv/models/secret"),
        (["language"], ["english"]),
        (["pipeline_tag"], "magic"),
        (["tags"], ["a", "a"]),
        (["surprise"], 1),
        (["model-index"], []),
        ([*RESULT, "metrics"], []),
        ([*RESULT, "metrics", 0, "value"], "high"),
        ([*RESULT, "dataset"], {"name": "x"}),
        ([*RESULT, "dataset", "revision"], "main"),
    ],
)
def test_what_the_schema_refuses(finished: TrainingRun, path: list[Any], value: Any) -> None:
    found = head(finished, finished.result)
    assert check(found) == []
    assert check(broken(found, path, value))


def test_an_invalid_card_registers_no_model(company: Company, played: type[PlayedChild]) -> None:
    company.permit_all()
    run = company.ask()
    Backbone.objects.update(licence="as you like")
    assert run_execute(run.uid) == JobState.FAILED
    run.refresh_from_db()
    assert run.reason == "card_invalid"
    assert not ModelVersion.objects.exists()
    assert not run.evaluations.exists()
