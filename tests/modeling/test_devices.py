"""One run per device: claims, what the page and the API tell, device time and its budget."""

from __future__ import annotations

import datetime as dt
import socket
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Dataset
from governance import permits
from governance.choices import JobState
from governance.exceptions import InvalidInput, PermitBudgetSpent
from governance.models import Permit
from modeling.models import Device, TrainingRun
from modeling.selectors import devices, queue
from modeling.services import execution
from modeling.supervision import machine
from modeling.tasks import devices_announce, run_exactly, run_execute
from tests.modeling.conftest import Company, PlayedChild

HERE = socket.gethostname()
SMI = "0, NVIDIA H100 80GB HBM3, 81559\n1, NVIDIA H100 80GB HBM3, 81559\nnonsense\n"


@pytest.fixture
def shop(company: Company, played: type[PlayedChild]) -> Company:
    company.permit_all(terms={"runs": 50})
    return company


def held_by_another(run: TrainingRun, name: str = "cpu:0") -> TrainingRun:
    """As if a worker of this machine had this run in its hands."""
    devices_announce()
    device = Device.objects.get(host=HERE, name=name)
    TrainingRun.objects.filter(pk=run.pk).update(
        state=JobState.RUNNING, device=device, lease_until=timezone.now() + dt.timedelta(minutes=5)
    )
    return run


def test_a_busy_device_takes_no_second_run(shop: Company) -> None:
    held_by_another(shop.ask())
    second = shop.ask()
    assert run_execute(second.uid) == "not claimed"
    assert run_exactly(second.uid) == "not claimed"
    second.refresh_from_db()
    assert (second.state, second.attempt) == (JobState.QUEUED, 0)


def test_two_devices_take_two_runs_at_once(shop: Company, settings: Any) -> None:
    settings.GAVEL_DEVICES = ["cpu:0", "cpu:1"]
    held_by_another(shop.ask())
    second = shop.ask()
    assert run_execute(second.uid) == JobState.SUCCEEDED
    second.refresh_from_db()
    assert second.device is not None
    assert second.device.name == "cpu:1"


def test_the_database_itself_lets_one_run_on_a_device(shop: Company) -> None:
    first, second = held_by_another(shop.ask()), shop.ask()
    first.refresh_from_db()
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.filter(pk=second.pk).update(state=JobState.RUNNING, device=first.device)


def test_a_dead_workers_device_is_free_once_its_lease_ended(shop: Company) -> None:
    run = held_by_another(shop.ask())
    TrainingRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    assert run_execute(run.uid) == JobState.SUCCEEDED


def test_another_machines_device_is_not_taken(shop: Company) -> None:
    Device.objects.create(host="elsewhere", name="cpu:0", kind="cpu", seen_at=timezone.now())
    run = shop.ask()
    run_execute(run.uid)
    run.refresh_from_db()
    assert run.device is not None
    assert run.device.host == HERE
    assert Device.objects.count() == 2


def test_a_run_that_ends_wakes_the_next(
    shop: Company, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(run_execute, "apply_async", lambda args, **_: woken.append(args[0]))
    first, second = shop.ask(), shop.ask()
    with django_capture_on_commit_callbacks(execute=True):
        run_execute(first.uid)
    assert woken == [second.uid]


def test_gpus_are_found_by_their_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer:
        stdout = SMI

    monkeypatch.setattr(machine.subprocess, "run", lambda *_, **__: Answer())
    machine._gpus.cache_clear()
    try:
        found = machine.devices()
        assert [(one.name, one.kind, one.memory_bytes) for one in found] == [
            ("cuda:0", "cuda", 81559 * 2**20), ("cuda:1", "cuda", 81559 * 2**20),
        ]  # fmt: skip
        assert [one.name for one in machine.devices(["cuda:1"])] == ["cuda:1"]
        both = machine.devices(["cuda:0+1"])[0]
        assert (both.label, both.memory_bytes) == ("2 × NVIDIA H100 80GB HBM3", 2 * 81559 * 2**20)
        assert [machine.visible(name) for name in ("cuda:1", "cuda:0+1", "cpu:0")] == ["1", "0,1", ""]
    finally:
        machine._gpus.cache_clear()
    for bad in ("tpu:0", "cpu:0+1", "cuda:", "cuda:0,1"):
        with pytest.raises(machine.BadDevice):
            machine.devices([bad])


def test_the_trainer_sees_its_device_only(
    shop: Company, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    seen: list[str] = []

    class Child(PlayedChild):
        def __init__(self, job: Any, *, output: Any, threads: int, gpu: str = "") -> None:
            super().__init__(job, output=output, threads=threads)
            seen.append(gpu)

    monkeypatch.setattr(execution, "Child", Child)
    settings.GAVEL_DEVICES = ["cuda:3"]
    run_execute(shop.ask().uid)
    settings.GAVEL_DEVICES = ["cuda:3+5"]
    run_execute(shop.ask().uid)
    settings.GAVEL_DEVICES = ["cpu:0"]
    run_execute(shop.ask().uid)
    assert seen == ["3", "3,5", ""]
    assert [(job["device"], job["processes"]) for job in Child.started] == [
        ("cuda", 1),
        ("cuda", 2),
        ("cpu", 1),
    ]


def test_page_and_api_tell_devices_and_hide_what_is_hidden(shop: Company, client: Client) -> None:
    run = held_by_another(shop.ask())
    Device.objects.create(
        host="old", name="cpu:0", kind="cpu", seen_at=timezone.now() - dt.timedelta(hours=1)
    )
    client.force_login(shop.people.dave)
    page = client.get(reverse("modeling:devices")).content.decode()
    assert run.get_absolute_url() in page
    assert "Not heard of" in page
    rows = {row["host"]: row for row in client.get("/api/v1/devices").json()["results"]}
    assert (rows[HERE]["run"], rows[HERE]["busy"], rows[HERE]["present"]) == (run.uid, True, True)
    assert (rows["old"]["run"], rows["old"]["busy"], rows["old"]["present"]) == ("", False, False)
    Dataset.objects.update(level=4)
    client.force_login(shop.people.mallory)
    rows = {row["host"]: row for row in client.get("/api/v1/devices").json()["results"]}
    assert (rows[HERE]["run"], rows[HERE]["busy"]) == ("", True)
    assert "A run you may not see" in client.get(reverse("modeling:devices")).content.decode()
    client.logout()
    assert client.get("/api/v1/devices").status_code in {401, 403}


def test_a_queue_without_machines_says_so(shop: Company, client: Client) -> None:
    run = shop.ask()
    queue.place_all([run])
    assert run.place.devices == 0
    client.force_login(shop.people.dave)
    address = reverse("modeling:run", args=[run.uid])
    assert "No machine that trains was heard of" in client.get(address).content.decode()
    devices_announce()
    assert devices.present().count() == 1
    assert "No machine that trains was heard of" not in client.get(address).content.decode()


def test_device_time_is_counted_and_settled(shop: Company, played: type[PlayedChild]) -> None:
    run = shop.ask()
    run_execute(run.uid)
    run.refresh_from_db()
    permit = Permit.objects.get(uid=run.inputs.first().permit_uid)
    spent = permits.budget_of(permit)
    assert spent.device_seconds is None
    assert spent.device_seconds_used == pytest.approx(run.device_seconds_used)
    settled = permit.uses.get(kind="settled")
    assert "device_seconds" in permits.use_content(permit.uses.get(kind="reserved"))
    assert settled.device_seconds == pytest.approx(run.device_seconds_used)


def test_a_run_that_held_its_device_long_enough_ends(
    company: Company, played: type[PlayedChild], monkeypatch: pytest.MonkeyPatch
) -> None:
    company.permit_all(terms={"runs": 5, "device_seconds": 900})
    run = company.ask(device_seconds=60)
    played.script = [lambda _child: None] * 5
    clock = iter(range(0, 10_000, 40))
    monkeypatch.setattr(execution.time, "monotonic", lambda: float(next(clock)))
    assert run_execute(run.uid) == JobState.FAILED
    run.refresh_from_db()
    assert run.reason == "device_time_spent"
    assert "killed" in played.killed


def test_device_hours_of_a_permit_are_a_budget(
    company: Company, played: type[PlayedChild], settings: Any
) -> None:
    company.permit_all(terms={"runs": 5, "device_seconds": 100})
    with pytest.raises(PermitBudgetSpent):
        company.ask(device_seconds=101)
    with pytest.raises(PermitBudgetSpent):
        company.ask()  # it may hold a device as long as its CPU seconds, which are more
    with pytest.raises(InvalidInput):
        company.ask(device_seconds=-1)
    first = company.ask(device_seconds=90)
    second = company.ask(device_seconds=90)
    played.script = [lambda _child: run_exactly(second.uid), 0]
    settings.GAVEL_DEVICES = ["cpu:0", "cpu:1"]
    run_exactly(first.uid)  # while it holds its device, what it reserved counts
    second.refresh_from_db()
    assert (second.state, second.reason) == (JobState.FAILED, "permit_budget")
