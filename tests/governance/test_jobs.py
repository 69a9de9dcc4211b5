"""A job is claimed once, by lease; every change of its state is a compare-and-set along one table."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from catalog.models import Dataset, IngestRun, Source
from governance import jobs
from governance.choices import JOB_TRANSITIONS, JobState
from tests.people import People

PAIRS = [(source, target) for source in JobState.values for target in JobState.values]


@pytest.fixture
def job(people: People) -> IngestRun:
    """Any job will do; uploads are the ones with the fewest fields."""
    source = Source.objects.create(name="shop", title="Shop", created_by=people.dave)
    dataset = Dataset.objects.create(
        name="orders", title="Orders", source=source, level=2, created_by=people.dave
    )
    return IngestRun.objects.create(dataset=dataset, filename="a.csv", bytes=1, requested_by=people.alice)


def expire(job: IngestRun) -> None:
    IngestRun.objects.filter(pk=job.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


def state_of(job: IngestRun) -> str:
    return str(IngestRun.objects.values_list("state", flat=True).get(pk=job.pk))


def test_a_second_message_claims_nothing(job: IngestRun) -> None:
    first = jobs.claim(IngestRun, job.uid, worker="a")
    assert first is not None
    assert (first.state, first.attempt, first.worker) == ("running", 1, "a")
    assert jobs.claim(IngestRun, job.uid, worker="b") is None
    assert jobs.claim(IngestRun, "unknown", worker="b") is None


def test_a_lost_lease_is_taken_over_and_the_old_holder_learns_of_it(job: IngestRun) -> None:
    first = jobs.claim(IngestRun, job.uid, worker="a")
    assert first is not None
    assert jobs.heartbeat(first, done=1, total=4) == jobs.JobSignal(held=True, cancel=False)
    expire(job)
    second = jobs.claim(IngestRun, job.uid, worker="b")
    assert second is not None
    assert second.attempt == 2
    assert jobs.heartbeat(first) == jobs.JobSignal(held=False, cancel=True) or not jobs.heartbeat(first).held
    assert not jobs.move(first, JobState.SUCCEEDED)
    assert state_of(job) == "running"
    assert jobs.move(second, JobState.SUCCEEDED)


def test_the_reaper_requeues_what_its_worker_left(job: IngestRun) -> None:
    assert jobs.claim(IngestRun, job.uid, worker="a")
    assert jobs.expired(IngestRun) == []
    assert not jobs.requeue(IngestRun, job.uid)
    expire(job)
    assert jobs.expired(IngestRun) == [job.uid]
    assert jobs.requeue(IngestRun, job.uid)
    assert not jobs.requeue(IngestRun, job.uid)
    job.refresh_from_db()
    assert (job.state, job.reason, job.worker, job.lease_until) == ("queued", "worker_lost", "", None)
    assert jobs.claim(IngestRun, job.uid, worker="b")


def test_a_queued_job_is_cancelled_at_once(job: IngestRun) -> None:
    assert jobs.request_cancel(job)
    assert state_of(job) == "cancelled"
    assert jobs.claim(IngestRun, job.uid, worker="a") is None
    assert not jobs.request_cancel(job)


def test_a_running_job_is_told_and_ends_even_if_its_worker_died(job: IngestRun) -> None:
    held = jobs.claim(IngestRun, job.uid, worker="a")
    assert held is not None
    assert jobs.request_cancel(job)
    assert not jobs.request_cancel(job)
    assert jobs.heartbeat(held) == jobs.JobSignal(held=True, cancel=True)
    expire(job)
    assert jobs.claim(IngestRun, job.uid, worker="b") is None
    assert not jobs.requeue(IngestRun, job.uid)
    assert state_of(job) == "cancelled"


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_only_the_table_of_transitions_is_walked(job: IngestRun, source: str, target: str) -> None:
    IngestRun.objects.filter(pk=job.pk).update(state=source)
    job.state = source
    legal = target in JOB_TRANSITIONS[source]
    assert jobs.move(job, target, reason="why") is legal
    assert state_of(job) == (target if legal else source)
    if legal and not JOB_TRANSITIONS[target]:
        job.refresh_from_db()
        assert job.is_over
        assert job.finished_at is not None
        assert job.lease_until is None


@pytest.mark.parametrize("jump", [dt.timedelta(days=2), -dt.timedelta(days=2)])
def test_a_machine_whose_clock_jumped_neither_takes_jobs_nor_keeps_them(
    job: IngestRun, monkeypatch: pytest.MonkeyPatch, jump: dt.timedelta
) -> None:
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + jump)
    first = jobs.claim(IngestRun, job.uid, worker="a")
    assert first is not None
    assert first.lease_until is not None
    assert abs(first.lease_until - real() - jobs.LEASE) < dt.timedelta(seconds=20)
    monkeypatch.setattr(timezone, "now", lambda: real() - jump)
    assert jobs.claim(IngestRun, job.uid, worker="b") is None
    assert jobs.expired(IngestRun) == []
    assert jobs.heartbeat(first).held
    monkeypatch.setattr(timezone, "now", real)
    expire(job)
    monkeypatch.setattr(timezone, "now", lambda: real() + jump)
    assert jobs.expired(IngestRun) == [job.uid]
    assert jobs.requeue(IngestRun, job.uid)
