"""Runs side by side: settings that differ, scores with all that belongs to them, a pinned baseline, seeds."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Dataset
from modeling import actions
from modeling.models import Evaluation, MetricPoint, RunInput, TrainingPlan, TrainingRun
from modeling.selectors import curves
from modeling.selectors.comparison import comparison
from modeling.selectors.curves import LOSS
from modeling.tasks import run_execute
from tests.engines.training import tiny
from tests.modeling.conftest import AT, Company, PlayedChild


def make_run(company: Company, plan: TrainingPlan | None = None, value: float | None = None) -> TrainingRun:
    run = company.ask(**({"plan": plan} if plan else {}))
    run_execute(run.uid)
    run.refresh_from_db()
    if value is not None:
        Evaluation.objects.filter(run=run, metric="auc", model="fine_tuned").update(value=value)
    return run


def make_plan(company: Company, name: str, **recipe: Any) -> TrainingPlan:
    document = {key: value for key, value in tiny.pair_plan(recipe=recipe).items() if key != "backbone"}
    return actions.plan_create(
        actor=company.people.dave, name=name, backbone=company.backbone, document=document
    )


@pytest.fixture
def shop(company: Company, played: type[PlayedChild]) -> Company:
    company.permit_all(terms={"runs": 50})
    return company


def read(client: Client, runs: list[TrainingRun], name: str = "compare", **more: str) -> Any:
    query = {"runs": ",".join(run.uid for run in runs), **more}
    answer = client.get(reverse(f"modeling:{name}"), query)
    assert answer.status_code == 200
    return answer


def test_differences_are_shown_and_the_same_is_counted(shop: Company, client: Client) -> None:
    runs = [make_run(shop), make_run(shop, make_plan(shop, "hotter", learning_rate=0.002))]
    client.force_login(shop.people.dave)
    whole = read(client, runs).content.decode()
    only = read(client, runs, only="on").content.decode()
    for text in (whole, only):
        assert "recipe.learning_rate" in text
        assert "<strong>0.002</strong>" in text
    assert "recipe.batch_size" in whole
    assert "recipe.batch_size" not in only
    assert "settings are the same in all runs and not shown" in only


def test_a_value_comes_with_n_interval_version_and_permit(shop: Company, client: Client) -> None:
    runs = [make_run(shop)]
    client.force_login(shop.people.dave)
    text = read(client, runs).content.decode()
    for words in ("80", "0.800", "0.780", "pairs-test v1", shop.issued[0].uid[:8]):
        assert words in text, words


def test_the_baseline_is_pinned_and_differences_need_the_same_rows(shop: Company) -> None:
    first, second, third = (make_run(shop, value=value) for value in (0.8, 0.83, 0.9))
    RunInput.objects.filter(run=third, role="test").update(digest="sha256:other")
    found = comparison(shop.people.dave, [first.uid, second.uid, third.uid])
    minus = [score.minus for score in found.scores("auc", first.uid)]
    assert minus == [None, pytest.approx(0.03), None]
    assert [score.pinned for score in found.scores("auc", second.uid)] == [False, True, False]
    assert found.scores("auc", second.uid)[0].minus == pytest.approx(-0.03)
    assert [score.minus for score in found.scores("auc", "nobody")] == [None] * 3


def test_seeds_of_one_plan_are_a_group_whatever_else_is_shown(shop: Company) -> None:
    seeds = [
        make_run(shop, make_plan(shop, f"s{seed}", seed=seed), value=0.8 + seed / 100) for seed in (1, 3)
    ]
    other = make_run(shop, make_plan(shop, "other", epochs=5), value=0.1)
    for runs in (seeds, [other, *seeds]):
        (group,) = comparison(shop.people.dave, [run.uid for run in runs]).groups("auc")
        assert group.seeds == ("1", "3")
        assert (group.mean, group.low, group.high) == pytest.approx((0.82, 0.81, 0.83))


def test_who_may_not_see_a_run_does_not_compare_it(shop: Company, client: Client) -> None:
    run = make_run(shop)
    Dataset.objects.update(level=5)
    client.force_login(shop.people.mallory)
    assert run.name not in read(client, [run]).content.decode()
    assert client.get("/api/v1/training-runs/compare", {"runs": run.uid}).json() == []
    assert run.uid not in b"".join(read(client, [run], "compare_file").streaming_content).decode()


def test_bad_addresses_are_an_empty_page(shop: Company, client: Client) -> None:
    client.force_login(shop.people.dave)
    for query in ("", "?runs=%00,'", "?runs=" + "a," * 5000, "?baseline=x&metric=y&only=z"):
        assert client.get(reverse("modeling:compare") + query).status_code == 200


def test_the_file_holds_every_score_and_no_formula(shop: Company, client: Client) -> None:
    run = make_run(shop)
    TrainingRun.objects.filter(pk=run.pk).update(name="=1+1")
    client.force_login(shop.people.dave)
    text = b"".join(read(client, [run], "compare_file").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["metric"] for row in rows} == {"auc", "ap"}
    assert {row["name"] for row in rows} == {"'=1+1"}
    assert [row["n"] for row in rows] == ["80", "80"]
    assert {float(row["value"]) for row in rows} == {0.8}


def test_the_api_says_the_same(shop: Company, client: Client) -> None:
    run = make_run(shop)
    client.force_login(shop.people.dave)
    (found,) = client.get("/api/v1/training-runs/compare", {"runs": f"{run.uid},gone"}).json()
    assert found["settings"]["recipe.batch_size"] == "8"
    assert {"metric": "auc", "n": 80, "value": 0.8, "low": 0.78, "high": pytest.approx(0.82)} in found[
        "scores"
    ]
    assert found["test_digest"] == shop.versions["test"].digest
    assert sorted(found["permits"]) == sorted(permit.uid for permit in shop.issued)


def test_more_runs_ask_no_more_queries(shop: Company, client: Client) -> None:
    runs = [make_run(shop) for _ in range(2)]
    client.force_login(shop.people.dave)
    read(client, runs)
    counts = []
    for shown in (runs, [*runs, *(make_run(shop) for _ in range(4))]):
        with CaptureQueriesContext(connection) as seen:
            read(client, shown)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_run_and_the_list_lead_there(shop: Company, client: Client) -> None:
    first, second = make_run(shop), make_run(shop)
    client.force_login(shop.people.dave)
    for address in (reverse("modeling:run", args=[first.uid]), reverse("modeling:runs")):
        text = client.get(address).content.decode()
        assert f"{reverse('modeling:compare')}?runs=" in text
        assert second.uid in text


def test_a_spike_survives_on_page_and_comparison(shop: Company) -> None:
    run, short = make_run(shop), make_run(shop)
    MetricPoint.objects.all().delete()
    long = dict.fromkeys(range(1, 6001), 1.0) | {4321: 99.0, 77: -99.0, 6000: 2.0}
    few = {1: 0.5, 2: 1.0, 3: 1.5}
    MetricPoint.objects.bulk_create(
        MetricPoint(run=one, metric=LOSS, step=step, value=value, epoch=0, at=AT)
        for one, values in ((run, long), (short, few))
        for step, value in values.items()
    )
    found, other = curves.curves([run, short], LOSS)
    for one in (found, curves.curve(run, LOSS, upto=curves.last_point(run))):
        points = list(zip(one.x, one.y, strict=True))
        assert {(4321, 99.0), (77, -99.0)} <= set(points)
        assert points[-1] == (6000, 2.0)
        assert all(long[x] == y for x, y in points)  # true points, and in order
        assert one.x == sorted(one.x)
        assert len(points) <= curves.MOST_DRAWN
    assert {few[x] == y for x, y in zip(other.x, other.y, strict=True)} == {True}
    alone = curves.curve(short, LOSS, upto=curves.last_point(short))
    assert (alone.x, alone.y) == ([1, 2, 3], [0.5, 1.0, 1.5])
