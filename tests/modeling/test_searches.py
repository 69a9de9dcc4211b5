"""A search asks for one run after the other, under the permits and budget of its versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Dataset
from governance import exceptions as errors
from governance.choices import JobState
from governance.models import LedgerEntry, PermitUse
from modeling import clock, sweeps
from modeling.choices import SweepState
from modeling.exceptions import EngineRefused, SweepOver
from modeling.models import MetricPoint, Sweep, SweepTrial, TrainingPlan, TrainingRun
from modeling.sealed import verify_plans, verify_runs
from modeling.tasks import run_exactly
from tests.modeling.conftest import Company, PlayedChild

SPACE: dict[str, Any] = {
    "recipe.learning_rate": {"low": 1e-5, "high": 1e-3, "log": True},
    "recipe.batch_size": {"choices": [8, 16]},
}


@pytest.fixture
def shop(company: Company, played: type[PlayedChild]) -> Company:
    company.permit_all(terms={"runs": 50})
    return company


def begin(shop: Company, **changes: Any) -> Sweep:
    given: dict[str, Any] = {
        "plan": shop.plan, "inputs": shop.inputs(), "space": SPACE, "cpu_seconds": 60, "trials": 3, **changes
    }  # fmt: skip
    return sweeps.sweep_begin(actor=shop.people.dave, **given)


def play(sweep: Sweep, value: Callable[[int], float] = lambda number: 0.6 + number / 100) -> None:
    """Carry out every queued trial, each with a look at its validation rows, until none is left."""
    for _round in range(20):
        waiting = list(
            SweepTrial.objects.filter(sweep=sweep, run__state=JobState.QUEUED).select_related("run")
        )
        if not waiting:
            return
        for trial in waiting:
            found = value(trial.number)
            MetricPoint.objects.create(
                run=trial.run, metric="valid/auc", step=3, value=found, epoch=1, at=timezone.now()
            )
            run_exactly(trial.run.uid)
            clock._advance(Sweep.objects.filter(pk=sweep.pk))
    raise AssertionError("it never ends")


def test_trials_follow_one_another_and_the_best_is_told(shop: Company) -> None:
    sweep = begin(shop)
    assert sweep.trials.count() == 1
    first = sweep.trials.get()
    assert (first.values, first.run.plan_id) == ({}, shop.plan.pk)
    play(sweep)
    sweep.refresh_from_db()
    trials = list(sweep.trials.select_related("run__plan"))
    assert (sweep.state, len(trials)) == (SweepState.FINISHED, 3)
    assert [trial.value for trial in trials] == [0.6, 0.61, 0.62]
    assert len({trial.run.plan.digest for trial in trials}) == 3
    for trial in trials[1:]:
        assert set(trial.values) == set(SPACE)
        assert (
            json.loads(trial.run.plan.document)["recipe"]["batch_size"] == trial.values["recipe.batch_size"]
        )
    ended = LedgerEntry.objects.get(type="sweep.ended")
    assert trials[2].run.uid in ended.data
    assert [*verify_plans(), *verify_runs()] == []


def test_budget_is_the_permits(shop: Company) -> None:
    play(begin(shop))
    assert PermitUse.objects.filter(kind="reserved").values("job_id").distinct().count() == 3


def test_trials_wait_for_permits_like_any_run(company: Company, played: type[PlayedChild]) -> None:
    sweep = begin(company)
    assert sweep.trials.get().run.state == JobState.WAITING
    clock._advance(Sweep.objects.all())
    assert sweep.trials.count() == 1


def test_some_at_a_time(shop: Company) -> None:
    sweep = begin(shop, trials=4, parallel=3)
    assert sweep.trials.count() == 3
    clock._advance([sweep])
    clock._advance([sweep])
    assert sweep.trials.count() == 3
    play(sweep)
    assert sweep.trials.count() == 4


def test_a_failed_trial_counts_and_the_search_goes_on(shop: Company) -> None:
    sweep = begin(shop)
    TrainingRun.objects.filter(trial__sweep=sweep).update(state=JobState.FAILED, reason="run.nan_loss")
    clock._advance([sweep])
    play(sweep)
    sweep.refresh_from_db()
    assert sweep.state == SweepState.FINISHED
    assert [trial.value is None for trial in sweep.trials.all()] == [True, False, False]


def test_a_small_space_ends_when_all_was_tried(shop: Company) -> None:
    sweep = begin(shop, space={"recipe.batch_size": {"choices": [8, 16]}}, trials=50)
    play(sweep)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.trials.count()) == (SweepState.FINISHED, 3)


def test_stopping_stops_the_runs(shop: Company) -> None:
    sweep = begin(shop)
    with pytest.raises(errors.NotPermitted):
        sweeps.sweep_stop(actor=shop.people.erin, sweep=sweep)
    sweeps.sweep_stop(actor=shop.people.dave, sweep=sweep)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.trials.get().run.state) == (SweepState.STOPPED, JobState.CANCELLED)
    with pytest.raises(SweepOver):
        sweeps.sweep_stop(actor=shop.people.dave, sweep=sweep)
    clock._advance([sweep])
    assert sweep.trials.count() == 1


def test_who_may_no_longer_ask_ends_it_with_a_reason(shop: Company) -> None:
    sweep = begin(shop)
    shop.people.dave.__class__.objects.filter(pk=shop.people.dave.pk).update(is_active=False)
    TrainingRun.objects.filter(trial__sweep=sweep).update(state=JobState.SUCCEEDED)
    clock._advance([sweep])
    sweep.refresh_from_db()
    assert (sweep.state, sweep.reason) == (SweepState.FINISHED, "not_permitted")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"trials": 1}, errors.InvalidInput),
        ({"trials": 201}, errors.InvalidInput),
        ({"parallel": 0}, errors.InvalidInput),
        ({"seed": -1}, errors.InvalidInput),
        ({"space": {"recipe.seed": {"choices": [1, 2]}}}, EngineRefused),
        ({"cpu_seconds": 0}, errors.InvalidInput),
    ],
)
def test_what_is_no_search_leaves_nothing(
    shop: Company, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        begin(shop, **changes)
    assert not Sweep.objects.exists()
    assert not TrainingRun.objects.exists()


def test_without_validation_rows_nothing_chooses(shop: Company) -> None:
    with pytest.raises(errors.InvalidInput):
        begin(shop, inputs=[spec for spec in shop.inputs() if spec.role != "valid"])
    with pytest.raises(errors.NotPermitted):
        sweeps.sweep_begin(
            actor=shop.people.erin, plan=shop.plan, inputs=shop.inputs(), space=SPACE, cpu_seconds=60
        )


def form_of(shop: Company, **changes: str) -> dict[str, str]:
    versions = {role: version.uid for role, version in shop.versions.items()}
    return {
        "plan": shop.plan.uid, **versions, "cpu_seconds": "60", "trials": "2", "parallel": "1",
        "search_seed": "0", "learning_rate_low": "0.00001", "learning_rate_high": "0.001",
        "batch_size": "8, 16", **changes,
    }  # fmt: skip


def test_the_console_begins_shows_and_stops(shop: Company, client: Client) -> None:
    client.force_login(shop.people.dave)
    address = reverse("modeling:sweep_new")
    assert client.get(address, {"plan": shop.plan.uid}).status_code == 200
    for wrong in (
        {"learning_rate_high": ""}, {"batch_size": "a"}, {"valid": ""},
        {"learning_rate_low": "", "learning_rate_high": "", "batch_size": ""}, {"options": "nothing = 1, 2"},
    ):  # fmt: skip
        assert client.post(address, form_of(shop, **wrong)).status_code == 400
    answer = client.post(address, form_of(shop))
    sweep = Sweep.objects.get()
    assert answer["Location"] == sweep.get_absolute_url()
    page = client.get(sweep.get_absolute_url()).content.decode()
    assert "the plan as it is" in page
    assert "recipe.learning_rate" in page
    play(sweep)
    page = client.get(sweep.get_absolute_url()).content.decode()
    assert "Best trial: #1" in page
    assert sweep.name in client.get(reverse("modeling:sweeps"), {"q": sweep.name[:4]}).content.decode()
    again = begin(shop)
    assert client.post(reverse("modeling:sweep_stop", args=[again.uid])).status_code == 302
    again.refresh_from_db()
    assert again.state == SweepState.STOPPED


def test_programs_begin_read_and_stop(shop: Company, client: Client) -> None:
    client.force_login(shop.people.dave)
    inputs = [{"role": role, "version": version.uid} for role, version in shop.versions.items()]
    sent = {"plan": shop.plan.uid, "inputs": inputs, "space": SPACE, "cpu_seconds": 60, "trials": 2}
    answer = client.post("/api/v1/sweeps", sent, content_type="application/json")
    assert answer.status_code == 201
    uid = answer.json()["uid"]
    play(Sweep.objects.get())
    found = client.get(f"/api/v1/sweeps/{uid}").json()
    assert (found["state"], len(found["trials"])) == ("finished", 2)
    assert found["best_run"] == found["trials"][1]["run"]
    refused = client.post(f"/api/v1/sweeps/{uid}/stop")
    assert (refused.status_code, refused.json()["code"]) == (409, "sweep_over")
    bad = client.post("/api/v1/sweeps", {**sent, "space": {"x": {}}}, content_type="application/json")
    assert (bad.status_code, bad.json()["code"]) == (400, "search.invalid")


def test_strangers_do_not_see_it(shop: Company, client: Client) -> None:
    sweep = begin(shop)
    Dataset.objects.update(level=4)
    client.force_login(shop.people.mallory)
    assert client.get(sweep.get_absolute_url()).status_code == 404
    assert client.get(f"/api/v1/sweeps/{sweep.uid}").status_code == 404
    assert client.get("/api/v1/sweeps").json()["results"] == []
    assert client.post(reverse("modeling:sweep_stop", args=[sweep.uid])).status_code == 404


def test_lists_cost_the_same_however_long(shop: Company, client: Client) -> None:
    client.force_login(shop.people.dave)
    for address in (reverse("modeling:sweeps"), "/api/v1/sweeps"):
        counts = []
        for _more in range(2):
            play(begin(shop))
            client.get(address)
            with CaptureQueriesContext(connection) as seen:
                client.get(address)
            counts.append(len(seen))
        assert counts[0] == counts[1]
    assert TrainingPlan.objects.count() > 4
