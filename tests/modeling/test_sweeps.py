"""The sweep over permits asks in bulk and only of permits that can change; runs are hidden without a list."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance import permits
from modeling import clock
from modeling.choices import ModelState
from modeling.models import ModelVersion, RunInput, TrainingRun
from tests.modeling.conftest import Company


@pytest.fixture
def model(company: Company) -> ModelVersion:
    """A model in use that came of a run under three permits."""
    company.permit_all()
    run = company.ask()
    for part, permit in zip(run.inputs.all(), company.issued, strict=True):
        RunInput.objects.filter(pk=part.pk).update(permit_uid=permit.uid)
    return ModelVersion.objects.create(
        run=run, name="ranker", number=1, state=ModelState.REGISTERED, digest="sha256:0", level=2
    )


def test_permits_in_use_are_asked_in_bulk(
    company: Company, model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permits, "check", lambda uid: pytest.fail("asked one by one"))
    with CaptureQueriesContext(connection) as seen:
        clock.permits_sweep()
    assert len(seen) == 3  # which are in use, permits with decisions, events
    monkeypatch.undo()
    company.revoke(company.issued[1])
    clock.permits_sweep()
    model.refresh_from_db()
    assert (model.state, model.reason) == ("quarantined", "permit_revoked")


def test_a_permit_that_simply_ran_out_is_not_asked_again(
    company: Company, model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    later = timezone.now() + dt.timedelta(days=60)
    monkeypatch.setattr(timezone, "now", lambda: later)
    monkeypatch.setattr(permits, "checks", lambda uids: asked.extend(uids) or {})
    clock.permits_sweep()
    assert asked == []
    model.refresh_from_db()
    assert model.state == "registered"


def test_runs_are_hidden_without_a_list_of_them(company: Company) -> None:
    company.permit_all()
    run = company.ask()
    dave, mallory = company.people.dave, company.people.mallory
    assert " NOT IN " not in str(TrainingRun.objects.visible_to(mallory).query)
    assert list(TrainingRun.objects.visible_to(dave)) == [run]
    assert list(TrainingRun.objects.visible_to(mallory)) == [run]
    dataset = company.versions["train"].dataset
    type(dataset).objects.filter(pk=dataset.pk).update(level=5)
    assert list(TrainingRun.objects.visible_to(mallory)) == []
    assert list(TrainingRun.objects.visible_to(dave)) == [run]  # one's own
