"""Rules that tell a person of a run: once, in the inbox, whoever sees it, from the server alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from rest_framework.test import APIClient

from catalog.models import Dataset
from governance.choices import JobState
from governance.exceptions import DomainError
from governance.models import LedgerEntry, Notice
from governance.notices import words_of
from governance.services.people import service_account
from modeling import watching
from modeling.choices import GapKind
from modeling.clock import runs_tick
from modeling.logged import Gap, Logged
from modeling.models import MetricAlert, TrainingRun
from modeling.services import runs, tracking
from modeling.tasks import run_execute
from tests.modeling.conftest import Company, PlayedChild, fail_with
from tests.modeling.test_metrics_page import MOMENT, log


@pytest.fixture
def run(company: Company) -> TrainingRun:
    found = company.ask(wait=True)
    TrainingRun.objects.filter(pk=found.pk).update(state=JobState.RUNNING, heartbeat_at=timezone.now())
    found.refresh_from_db()
    return found


def rule(company: Company, **given: Any) -> MetricAlert:
    return watching.alert_set(actor=given.pop("actor", company.people.dave), **given)


def told() -> list[str]:
    return [words_of(notice) for notice in Notice.objects.filter(code__startswith="run_alert").order_by("id")]


def test_a_value_below_tells_once(run: TrainingRun, company: Company) -> None:
    rule(company, run=run, kind="below", metric="valid/auc", threshold=0.6)
    log(run, "valid/auc", {1: 0.7})
    assert told() == []
    log(run, "valid/auc", {2: 0.61, 3: 0.55, 4: 0.5})
    log(run, "valid/auc", {5: 0.4})
    assert told() == [f"{run.name}: valid/auc is 0.55 at step 3, below 0.6."]
    with translation.override("zh-hans"):
        assert told() == [f"{run.name}：第 3 步 valid/auc 为 0.55，低于 0.6。"]
    assert LedgerEntry.objects.filter(type="alert.set", accepted=True).count() == 1


def test_a_rule_of_a_plan_tells_of_each_of_its_runs(run: TrainingRun, company: Company) -> None:
    rule(company, plan=run.plan, kind="above", metric="train/loss", threshold=2)
    other = company.ask(wait=True)
    for one in (run, other):
        log(one, "train/loss", {1: 3.0})
    assert len(told()) == 2


def test_a_rule_that_holds_already_tells_at_once(run: TrainingRun, company: Company) -> None:
    log(run, "a", {1: 1.0})
    rule(company, run=run, kind="above", metric="a", threshold=0.5)
    assert len(told()) == 1


def test_no_finite_number_is_told_of_a_client(run: TrainingRun, company: Company) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(external=True)
    rule(company, run=run, kind="broken")
    tracking.run_log(run=run, logged=Logged(gaps=[Gap("loss", 4, GapKind.NAN, MOMENT)]))
    assert told() == [f"{run.name}: loss was no finite number at step 4."]


def test_the_end_and_a_loss_that_is_no_number(company: Company, played: type[PlayedChild]) -> None:
    company.permit_all()
    run = company.ask()
    rule(company, run=run, kind="ended")
    rule(company, run=run, kind="broken", metric="train/loss")
    rule(company, run=run, kind="broken", metric="valid/auc")
    played.script = [fail_with("run.nan_loss"), 5]
    run_execute(run.uid)
    run.refresh_from_db()
    assert run.reason == "run.nan_loss"
    assert len(told()) == 2
    assert any("failed" in words for words in told())


def test_silence_is_told_by_the_clock(run: TrainingRun, company: Company) -> None:
    rule(company, run=run, kind="silent", minutes=10)
    clock = service_account("clock")
    for minutes, count in ((9, 0), (11, 1), (30, 1)):
        heard = timezone.now() - dt.timedelta(minutes=minutes, seconds=5)
        TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=heard)
        watching.runs_watch(actor=clock)
        assert len(told()) == count, minutes
    TrainingRun.objects.filter(pk=run.pk).update(external=True)
    runs_tick()
    with pytest.raises(DomainError):
        watching.runs_watch(actor=company.people.dave)


def test_nobody_is_told_of_what_they_may_no_longer_see(run: TrainingRun, company: Company) -> None:
    Dataset.objects.update(level=1)
    rule(company, actor=company.people.mallory, run=run, kind="above", metric="a", threshold=0)
    Dataset.objects.update(level=5)
    log(run, "a", {1: 1.0})
    assert told() == []


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "nonsense"}, {"kind": "below"}, {"kind": "below", "metric": "a"},
        {"kind": "above", "metric": "a", "threshold": float("nan")}, {"kind": "silent"},
        {"kind": "silent", "minutes": 0}, {"kind": "below", "metric": "m" * 81, "threshold": 1},
        {"kind": "broken", "metric": "a\0"},
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused(run: TrainingRun, company: Company, given: dict[str, Any]) -> None:
    with pytest.raises(DomainError):
        rule(company, run=run, **given)
    with pytest.raises(DomainError):
        rule(company, kind="ended")
    assert not MetricAlert.objects.exists()


def test_a_run_that_is_over_takes_no_rule(run: TrainingRun, company: Company) -> None:
    runs.run_end(run=run, state=JobState.FAILED)
    with pytest.raises(DomainError):
        rule(company, run=run, kind="ended")


def test_rules_are_set_and_removed_on_the_page(run: TrainingRun, company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    url = reverse("modeling:alert_set", args=[run.uid])
    assert client.post(url, {"kind": "below", "metric": "valid/auc"}).status_code == 400
    sent = {"kind": "below", "metric": "valid/auc", "threshold": "0.6", "every": "on"}
    assert client.post(url, sent).status_code == 302
    (found,) = MetricAlert.objects.all()
    assert (found.plan, found.run, found.threshold) == (run.plan, None, 0.6)
    page = client.get(run.get_absolute_url()).content.decode()
    assert "every run of this plan" in page
    assert "has not told yet" in page
    remove = reverse("modeling:alert_remove", args=[run.uid, found.uid])
    client.force_login(company.people.carol)
    assert client.post(remove).status_code == 404
    client.force_login(company.people.dave)
    client.post(remove)
    assert not MetricAlert.objects.exists()
    assert LedgerEntry.objects.filter(type="alert.removed").count() == 1


def test_rules_in_the_api_are_ones_own(run: TrainingRun, company: Company) -> None:
    api = APIClient()
    api.force_authenticate(company.people.dave)
    url = "/api/v1/metric-alerts"
    sent = {"run": run.uid, "kind": "above", "metric": "a", "threshold": 1}
    made = api.post(url, sent, format="json")
    assert made.status_code == 201, made.content
    log(run, "a", {1: 2.0})
    shown = api.get(f"{url}/{made.json()['uid']}").json()
    assert shown["firings"][0]["value"] == 2.0
    assert api.post(url, {**sent, "run": "nobody"}, format="json").status_code == 404
    other = APIClient()
    other.force_authenticate(company.people.carol)
    assert other.get(url).json()["results"] == []
    assert other.delete(f"{url}/{made.json()['uid']}").status_code == 404
    assert api.delete(f"{url}/{made.json()['uid']}").status_code == 204
