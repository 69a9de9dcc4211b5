"""Who runs next: priority, fair shares, first come; the place is told on page, list and API."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from governance import exceptions as errors
from governance.choices import JobState
from governance.models import LedgerEntry
from modeling import actions
from modeling.choices import Priority
from modeling.exceptions import RunBegun
from modeling.models import TrainingRun
from modeling.sealed import verify_runs
from modeling.selectors import queue
from modeling.tasks import run_exactly, run_execute
from tests.modeling.conftest import Company, PlayedChild


@pytest.fixture
def shop(company: Company, played: type[PlayedChild]) -> Company:
    company.permit_all(terms={"runs": 50})
    return company


def order(*runs: TrainingRun) -> list[int]:
    """The queue by the numbers of `runs`, from 0."""
    uids = [run.uid for run in runs]
    return [uids.index(uid) for uid in queue.in_order() if uid in uids]


def test_first_come_first_served(shop: Company) -> None:
    assert order(*(shop.ask() for _ in range(3))) == [0, 1, 2]


def test_priority_goes_first_and_high_is_not_everybodys(shop: Company) -> None:
    plain, low, high = (shop.ask() for _ in range(3))
    actions.run_prioritise(actor=shop.people.dave, run=low, priority=Priority.LOW)
    with pytest.raises(errors.NotPermitted):
        actions.run_prioritise(actor=shop.people.dave, run=high, priority=Priority.HIGH)
    assert order(plain, low, high) == [0, 2, 1]
    actions.run_prioritise(actor=shop.people.carol, run=high, priority=Priority.HIGH)
    assert order(plain, low, high) == [2, 0, 1]
    assert LedgerEntry.objects.filter(type="run.prioritised", accepted=True).count() == 2
    with pytest.raises(errors.NotPermitted):
        shop.ask(priority=Priority.HIGH)
    with pytest.raises(errors.InvalidInput):
        shop.ask(priority=7)


def test_a_priority_nobody_gave_is_found_by_the_ledger(shop: Company) -> None:
    run = shop.ask(priority=Priority.LOW, device_seconds=30)
    assert list(verify_runs()) == []
    actions.run_prioritise(actor=shop.people.dave, run=run, priority=Priority.NORMAL)
    assert list(verify_runs()) == []
    TrainingRun.objects.update(priority=Priority.HIGH)
    assert list(verify_runs()) == [(f"training_run {run.uid}", "row_differs")]


def test_who_used_the_machines_least_goes_first(shop: Company) -> None:
    first, second, third = (shop.ask() for _ in range(3))
    assert set(TrainingRun.objects.values_list("holder", flat=True)) == {f"user:{shop.people.dave.uid}"}
    TrainingRun.objects.filter(pk__in=[second.pk, third.pk]).update(holder="team:quiet")
    spent = shop.ask()
    TrainingRun.objects.filter(pk=spent.pk).update(
        state=JobState.SUCCEEDED, started_at=timezone.now() - dt.timedelta(days=1), cpu_seconds_used=900
    )
    assert order(first, second, third) == [1, 2, 0]
    # What was used longer ago is forgotten.
    TrainingRun.objects.filter(pk=spent.pk).update(started_at=timezone.now() - dt.timedelta(days=8))
    assert order(first, second, third) == [0, 1, 2]


def test_a_message_lets_the_first_in_line_begin_whatever_it_names(shop: Company) -> None:
    first, second = shop.ask(), shop.ask()
    run_execute(second.uid)
    states = {run.pk: run.state for run in TrainingRun.objects.all()}
    assert states == {first.pk: JobState.SUCCEEDED, second.pk: JobState.QUEUED}
    assert run_exactly("nobody") == "not claimed"
    third = shop.ask()
    run_exactly(third.uid)
    third.refresh_from_db()
    assert third.state == JobState.SUCCEEDED


def test_cancelled_and_outside_runs_stand_in_no_line(shop: Company) -> None:
    run, other = shop.ask(), shop.ask()
    actions.run_cancel(actor=shop.people.dave, run=run)
    TrainingRun.objects.filter(pk=other.pk).update(external=True)
    assert queue.in_order() == []


def test_a_run_that_began_has_no_place(shop: Company) -> None:
    run = shop.ask()
    run_execute(run.uid)
    with pytest.raises(RunBegun):
        actions.run_prioritise(actor=shop.people.dave, run=run, priority=Priority.LOW)
    run.refresh_from_db()
    queue.place_all([run])
    assert run.place is None


def test_the_place_is_told_everywhere(shop: Company, client: Client) -> None:
    runs = [shop.ask() for _ in range(3)]
    client.force_login(shop.people.dave)
    page = client.get(reverse("modeling:run", args=[runs[1].uid])).content.decode()
    assert "Position 2 of 3 in the queue" in page
    assert "position 3 of 3" in client.get(reverse("modeling:runs")).content.decode()
    one = client.get(f"/api/v1/training-runs/{runs[2].uid}").json()
    assert (one["queue_position"], one["priority"]) == (3, 0)
    listed = client.get("/api/v1/training-runs").json()["results"]
    assert sorted(row["queue_position"] for row in listed) == [1, 2, 3]


def test_page_and_api_change_the_priority(shop: Company, client: Client) -> None:
    run, other = shop.ask(), shop.ask()
    client.force_login(shop.people.dave)
    address = reverse("modeling:run_prioritise", args=[run.uid])
    assert client.post(address, {"priority": "1"}).status_code == 400  # not offered
    assert client.post(address, {"priority": "-1"}).status_code == 302
    assert order(run, other) == [1, 0]
    client.force_login(shop.people.carol)
    answer = client.post(
        f"/api/v1/training-runs/{run.uid}/priority", {"priority": 1}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["queue_position"]) == (200, 1)
    client.force_login(shop.people.mallory)
    assert client.post(address, {"priority": "-1"}).status_code in {302, 403, 404}
    run.refresh_from_db()
    assert run.priority == Priority.HIGH


def test_a_long_queue_costs_no_more_queries(shop: Company, client: Client) -> None:
    client.force_login(shop.people.dave)
    counts = []
    for more in (2, 6):
        for _ in range(more):
            shop.ask()
        with CaptureQueriesContext(connection) as seen:
            client.get("/api/v1/training-runs")
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_one_run(shop: Company, settings: Any) -> None:
    settings.GAVEL_DEVICES = ["cpu:0", "cpu:1"]
    runs = [shop.ask() for _ in range(2)]
    states: list[Any] = []
    start = threading.Barrier(4)

    def work() -> None:
        try:
            start.wait()
            states.append(run_execute(runs[0].uid))
        except OperationalError:  # a database in memory locks whole tables: as if no message had come
            states.append("locked out")
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(states) == 4
    assert states.count(JobState.SUCCEEDED) <= 2
    ended = LedgerEntry.objects.filter(type="run.ended").values_list("subject_id", flat=True)
    assert len(ended) == len(set(ended))
    assert max(TrainingRun.objects.values_list("attempt", flat=True)) <= 1
    if connection.vendor == "postgresql":
        assert sorted(states) == ["not claimed", "not claimed", "succeeded", "succeeded"]
