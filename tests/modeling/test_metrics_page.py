"""All metrics of a run: figures kept beside the points, groups, one chart at a time, tags."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import Dataset
from governance.choices import JobState
from governance.models import LedgerEntry
from modeling.choices import GapKind
from modeling.logged import Gap, Logged
from modeling.models import MetricPoint, MetricSeries, TrackedGap, TrackedTag, TrainingRun
from modeling.selectors import curves
from modeling.selectors.series import series_groups, series_lines
from modeling.services import runs, series, tracking
from modeling.supervision.lines import Point
from tests.modeling.conftest import AT, Company

MOMENT = dt.datetime.fromisoformat(AT)
GOLDEN = {"page": 11, "chart": 11}


@pytest.fixture
def run(company: Company) -> TrainingRun:
    found = company.ask(wait=True)
    TrainingRun.objects.filter(pk=found.pk).update(state=JobState.RUNNING, heartbeat_at=timezone.now())
    found.refresh_from_db()
    return found


def log(run: TrainingRun, metric: str, values: dict[int, float]) -> None:
    points = [
        Point(metric, step, value, step / 10, MOMENT + dt.timedelta(seconds=step))
        for step, value in values.items()
    ]
    runs.points_record(run=run, points=points)


def figures(run: TrainingRun, metric: str) -> tuple[Any, ...]:
    row = MetricSeries.objects.get(run=run, metric=metric)
    return row.points, row.last, row.last_step, row.low, row.low_step, row.high, row.high_step, row.recount


def test_figures_follow_the_points(run: TrainingRun) -> None:
    log(run, "train/loss", {1: 3.0, 2: 1.0})
    log(run, "train/loss", {3: 2.0})
    assert figures(run, "train/loss") == (3, 2.0, 3, 1.0, 2, 3.0, 1, False)


def test_points_written_again_are_counted_anew(run: TrainingRun) -> None:
    log(run, "a", {1: 9.0, 2: 1.0, 3: 2.0})
    log(run, "a", {1: 0.5, 2: 1.0, 4: 5.0})
    assert figures(run, "a")[-1] is True
    assert series.series_recount(run=run) == 1
    assert figures(run, "a") == (4, 5.0, 4, 0.5, 1, 5.0, 4, False)
    assert series.series_recount() == 0


def test_a_value_that_became_no_number_leaves_the_figures(run: TrainingRun) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(external=True)
    log(run, "a", {1: 1.0})
    tracking.run_log(run=run, logged=Logged(gaps=[Gap("a", 1, GapKind.NAN, MOMENT)]))
    series.series_recount(run=run)
    assert not MetricSeries.objects.filter(run=run, metric="a").exists()
    (line,) = series_lines(run)
    assert (line.metric, line.points, line.gaps) == ("a", 0, 1)


def test_groups_stand_in_their_order_and_bounds_with_their_value(run: TrainingRun) -> None:
    for name in ("zeta", "system/cpu", "valid/auc", "valid/auc_low", "valid/auc_high", "own/x", "train/loss"):
        log(run, name, {1: 1.0})
    groups = series_groups(series_lines(run))
    assert [group.name for group in groups] == ["train", "valid", "system", "own", ""]
    assert [line.metric for line in groups[1].lines] == ["valid/auc"]
    assert [line.metric for line in series_lines(run, "LOSS")] == ["train/loss"]


def test_the_page_lists_searches_and_sorts(run: TrainingRun, company: Company, client: Client) -> None:
    log(run, "train/loss", {1: 0.00005, 7: 2.0})
    log(run, "own/<b>", {1: 1.0})
    client.force_login(company.people.dave)
    url = reverse("modeling:run_metrics", args=[run.uid])
    text = client.get(url).content.decode()
    assert text.count("data-series=") == 2
    assert "5e−05" in text
    assert "step 7" in text
    assert "<b>" not in text.partition("<main")[2]
    assert client.get(url, {"q": "loss"}).content.decode().count("data-series=") == 1
    assert "No metric has these words" in client.get(url, {"q": "zzz"}).content.decode()
    for query in ("sort=-last", "sort=nonsense", "page=99"):
        assert client.get(f"{url}?{query}").status_code == 200
    chinese = client.get(url, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert "All metrics" in client.get(run.get_absolute_url()).content.decode()


def test_one_metric_is_told_with_every_axis(run: TrainingRun, company: Company, client: Client) -> None:
    log(run, "train/loss", dict.fromkeys(range(1, 4001), 1.0) | {77: -9.0, 3210: 9.0})
    log(run, "train/tokens", {2000: 20_000.0, 4000: 60_000.0})
    client.force_login(company.people.dave)
    url = reverse("modeling:run_series", args=[run.uid])
    figure = client.get(url, {"metric": "train/loss"}).json()["figure"]
    (trace,) = figure["data"]
    axes = trace["meta"]["axes"]
    drawn = dict(zip(trace["x"], trace["y"], strict=True))
    assert (drawn[77], drawn[3210], trace["x"][-1]) == (-9.0, 9.0, 4000)
    assert len(trace["x"]) <= curves.MOST_DRAWN
    assert {len(axes[name]) for name in ("epoch", "at", "tokens", "mean")} == {len(trace["x"])}
    place = trace["x"].index(77)
    assert (axes["epoch"][place], axes["tokens"][place]) == (7.7, 770)
    assert axes["at"][place] - axes["start"] == 76_000
    assert axes["tokens"][-1] == 60_000
    for bad in ("", "nobody", "a\0b"):
        assert client.get(url, {"metric": bad}).status_code == 404


def test_a_stranger_sees_no_metric(run: TrainingRun, company: Company, client: Client) -> None:
    log(run, "a", {1: 1.0})
    Dataset.objects.update(level=5)
    client.force_login(company.people.mallory)
    for name in ("run_metrics", "run_series"):
        assert client.get(reverse(f"modeling:{name}", args=[run.uid]), {"metric": "a"}).status_code == 404
    for name in ("run_tag", "run_untag", "alert_set"):
        assert client.post(reverse(f"modeling:{name}", args=[run.uid]), {"key": "k"}).status_code == 404
    client.logout()
    assert client.get(reverse("modeling:run_metrics", args=[run.uid])).status_code == 302


def counted(client: Client, url: str, **query: str) -> int:
    client.get(url, query)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, query).status_code == 200
    return len(queries)


def test_three_hundred_metrics_cost_what_one_costs(
    run: TrainingRun, company: Company, client: Client
) -> None:
    client.force_login(company.people.dave)
    url, one = (reverse(f"modeling:{name}", args=[run.uid]) for name in ("run_metrics", "run_series"))
    log(run, "g0/m0", {1: 1.0})
    small = counted(client, url), counted(client, one, metric="g0/m0")
    for number in range(300):
        log(run, f"g{number % 7}/m{number}", {step: float(step) for step in range(2, 12)})
    large = counted(client, url), counted(client, one, metric="g0/m0")
    assert small == large == (GOLDEN["page"], GOLDEN["chart"])
    with CaptureQueriesContext(connection) as queries:
        series_lines(run)
    assert not any("metricpoint" in query["sql"] for query in queries)  # figures alone, however long the run


def test_tags_are_set_shown_filtered_and_removed(run: TrainingRun, company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    client.post(reverse("modeling:run_tag", args=[run.uid]), {"key": " best  one ", "value": "3"})
    tag = TrackedTag.objects.get(run=run)
    assert (tag.key, tag.value) == ("best one", "3")
    assert LedgerEntry.objects.filter(type="run.tagged").count() == 1
    assert "best one = 3" in client.get(run.get_absolute_url()).content.decode()
    runs_url = reverse("modeling:runs")
    for words, found in (("best one", True), ("best one=3", True), ("best one=4", False), ("best", False)):
        assert (run.get_absolute_url() in client.get(runs_url, {"tag": words}).content.decode()) is found
    for key in ("gavel.state", "mlflow.user"):
        client.post(reverse("modeling:run_tag", args=[run.uid]), {"key": key})
    assert client.post(reverse("modeling:run_tag", args=[run.uid]), {"key": ""}).status_code == 400
    assert TrackedTag.objects.filter(run=run).count() == 1
    client.post(reverse("modeling:run_untag", args=[run.uid]), {"key": "best one"})
    assert not TrackedTag.objects.filter(run=run).exists()


def test_tags_and_figures_in_the_api(run: TrainingRun, company: Company) -> None:
    log(run, "train/loss", {1: 3.0, 2: 1.0})
    api = APIClient()
    api.force_authenticate(company.people.dave)
    base = f"/api/v1/training-runs/{run.uid}"
    changed = api.post(f"{base}/tags", {"tags": {"a": "1", "b": ""}}, format="json")
    assert changed.json()["tags"] == {"a": "1", "b": ""}
    assert api.post(f"{base}/tags", {"gone": ["zzz"]}, format="json").status_code == 404
    assert api.post(f"{base}/tags", {"gone": ["b"]}, format="json").json()["tags"] == {"a": "1"}
    assert len(api.get("/api/v1/training-runs?tag=a=1").json()["results"]) == 1
    assert api.get("/api/v1/training-runs?tag=b").json()["results"] == []
    (line,) = api.get(f"{base}/series").json()
    assert (line["metric"], line["points"], line["low"], line["low_step"]) == ("train/loss", 2, 1.0, 2)


def test_live_points_come_with_their_axes(run: TrainingRun, company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    log(run, "train/loss", {1: 0.5})
    log(run, "train/tokens", {1: 64.0})
    body = client.get(reverse("modeling:run_points", args=[run.uid]), {"after": "0"}).json()
    assert body["points"]["train/loss"] == [[1, 0.5]]
    (beside,) = body["axes"]["train/loss"]
    assert (beside[0], beside[2]) == (0.1, 64.0)


def test_gaps_and_points_are_told_apart(run: TrainingRun) -> None:
    TrackedGap.objects.create(run=run, metric="b", step=1, kind="nan", at=MOMENT)
    log(run, "b", {2: 1.0})
    assert [(line.points, line.gaps) for line in series_lines(run)] == [(1, 1)]
    assert MetricPoint.objects.filter(run=run).count() == 1
    assert json.dumps(curves.curve(run, "b").axes)
