"""A dead worker, a lost message and a forgotten upload lose nothing and leave nothing."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from django.utils import timezone

from catalog import actions, clock, tasks
from catalog.models import IngestRun, ValidationRun
from catalog.paths import upload_path, uploads_root
from governance import jobs
from tests.catalog.conftest import GOOD, Shop


def test_a_job_whose_worker_died_is_done_by_another(shop: Shop, sent: list[tuple[str, str]]) -> None:
    run = shop.upload(GOOD)
    assert jobs.claim(IngestRun, run.uid, worker="dead") is not None
    assert clock.reaper_tick() == 0
    IngestRun.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    assert clock.reaper_tick() == 1
    assert ("catalog.tasks.ingest_run", run.uid) in sent
    tasks.ingest_run(run.uid)
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("succeeded", 2)


def test_an_attempt_that_lost_its_lease_stores_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.tasks import ingest

    run = shop.upload(GOOD)
    whole = ingest.read_and_store

    def slow(*args: object) -> object:
        IngestRun.objects.filter(uid=run.uid).update(attempt=9)
        return whole(*args)  # type: ignore[arg-type]

    def computed_here(job: object, engine: object, order: object) -> object:
        return engine(order, lambda done, total, step: None)  # type: ignore[operator]

    monkeypatch.setattr(ingest, "read_and_store", slow)
    monkeypatch.setattr(ingest, "computed", computed_here)
    tasks.ingest_run(run.uid)
    run.refresh_from_db()
    assert (run.state, run.version) == ("running", None)
    assert not shop.dataset.versions.exists()


def test_a_cancel_during_the_work_publishes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.tasks import ingest

    run = shop.upload(GOOD)
    monkeypatch.setattr(
        ingest, "version_in_force", lambda name: actions.run_cancel(actor=shop.people.alice, run=run)
    )
    tasks.ingest_run(run.uid)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not shop.dataset.versions.exists()
    assert not upload_path(run.upload).exists()


def test_a_fault_of_our_own_ends_the_job_with_a_code(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.tasks import ingest

    run = shop.upload(GOOD)

    def broken(*_args: object) -> None:
        raise ZeroDivisionError("a@x.no")

    monkeypatch.setattr(ingest, "read_and_store", broken)
    tasks.ingest_run(run.uid)
    run.refresh_from_db()
    assert (run.state, run.reason) == ("failed", "internal")
    assert "a@x.no" not in str(run.reason_detail)


def test_queued_jobs_are_sent_again(shop: Shop, sent: list[tuple[str, str]]) -> None:
    run = actions.validation_request(actor=shop.people.alice, version=shop.version())
    sent.clear()
    assert clock.wake_sweep() == 0
    ValidationRun.objects.update(created_at=timezone.now() - dt.timedelta(minutes=5))
    assert clock.wake_sweep() == 1
    assert sent == [("catalog.tasks.validation_run", run.uid)]


def test_forgotten_uploads_are_swept_and_needed_ones_kept(shop: Shop) -> None:
    run = shop.upload(GOOD)
    forgotten = uploads_root() / "forgotten.csv"
    forgotten.write_bytes(b"x")
    for path in (forgotten, upload_path(run.upload)):
        os.utime(path, (1, 1))
    assert clock.uploads_sweep() == 1
    assert upload_path(run.upload).exists()
    assert not forgotten.exists()
