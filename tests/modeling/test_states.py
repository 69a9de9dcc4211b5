"""A run through every end it can have, with a played child: rows say what happened, whoever died."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from catalog.models import LineageEdge
from governance import jobs, ledger, permits
from governance.choices import JobState
from governance.models import LedgerEntry, PermitUse
from modeling import actions, clock
from modeling.models import Evaluation, LogLine, MetricPoint, ModelVersion, TrainingRun
from modeling.services import execution
from modeling.tasks import run_execute
from tests.modeling.conftest import AT, Company, PlayedChild, fail_with, write_points, write_result

Played = type[PlayedChild]


def execute(run: TrainingRun) -> TrainingRun:
    run_execute(run.uid)
    run.refresh_from_db()
    return run


def test_a_permitted_run_registers_a_model_with_scores_lineage_and_cards(
    company: Company, played: Played
) -> None:
    company.permit_all()
    run = execute(company.ask())
    assert (run.state, run.reason) == (JobState.SUCCEEDED, ""), run.reason_detail
    model = ModelVersion.objects.get(run=run)
    assert (str(model), model.state, model.level) == ("pairs v1", "registered", 2)
    assert Evaluation.objects.filter(run=run).count() == 6
    assert MetricPoint.objects.filter(run=run, metric="train/loss").count() == 3
    assert set(model.cards.values_list("language", flat=True)) == {"en", "zh"}
    edges = LineageEdge.objects.filter(to_kind="model_version", to_id=model.uid)
    assert set(edges.values_list("from_id", flat=True)) == {v.uid for v in company.versions.values()}
    assert run.cpu_seconds_used == 2.5
    assert ledger.verify().faults == ()


def test_budget_is_taken_once_and_settled_once(company: Company, played: Played) -> None:
    permit = company.permit_all()[0]
    run = company.ask()
    played.script = [-9]
    execute(run)
    played.script = [write_result, 0]
    execute(run)
    uses = PermitUse.objects.filter(permit=permit, job_id=run.uid)
    assert sorted(uses.values_list("kind", flat=True)) == ["reserved", "settled"]
    assert uses.get(kind="settled").cpu_seconds == run.cpu_seconds_used == 5.0
    assert permits.budget_of(permit).runs_used == 1


def test_a_killed_trainer_goes_back_into_the_queue_and_is_sent_at_once(
    company: Company, played: Played, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    company.permit_all()
    run = company.ask()
    played.script = [write_points, -9]
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        execute(run)
    assert (run.state, run.reason, run.attempt) == (JobState.QUEUED, "trainer_died", 1)
    assert sent == [run.uid]
    played.script = [lambda child: write_points(child, range(2, 5)), write_result, 0]
    assert execute(run).state == JobState.SUCCEEDED
    assert MetricPoint.objects.filter(run=run, metric="train/loss").count() == 4


def test_a_trainer_that_never_gets_further_is_given_up(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    played.script = [-9]
    states = [execute(run).state for _ in range(execution.MOST_DEATHS_IN_PLACE)]
    assert states == [JobState.QUEUED] * (len(states) - 1) + [JobState.FAILED]
    assert run.reason == "too_many_attempts"


def test_a_worker_killed_again_and_again_ends_the_run(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    TrainingRun.objects.filter(pk=run.pk).update(attempt=execution.MOST_ATTEMPTS)
    assert execute(run).reason == "too_many_attempts"
    assert played.started == []


def test_a_duplicate_message_claims_nothing(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    assert jobs.claim(TrainingRun, run.uid, worker="first") is not None
    assert run_execute(run.uid) == "not claimed"
    assert played.started == []


def test_a_worker_that_lost_its_lease_kills_its_child_and_writes_nothing(
    company: Company, played: Played
) -> None:
    company.permit_all()
    run = company.ask()

    def another_takes_it(_child: PlayedChild) -> None:
        TrainingRun.objects.filter(pk=run.pk).update(attempt=99, worker="other")

    played.script = [another_takes_it, write_result, 0]
    assert run_execute(run.uid) == ""
    run.refresh_from_db()
    assert (run.state, run.worker) == (JobState.RUNNING, "other")
    assert played.killed == ["killed"]
    assert not ModelVersion.objects.exists()


def test_the_clock_puts_a_lost_run_back(company: Company, played: Played, sent: list[str]) -> None:
    company.permit_all()
    run = company.ask()
    jobs.claim(TrainingRun, run.uid, worker="dead")
    TrainingRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    clock.runs_tick()
    run.refresh_from_db()
    assert (run.state, run.reason) == (JobState.QUEUED, "worker_lost")
    assert execute(run).state == JobState.SUCCEEDED


def test_a_lost_run_that_was_asked_to_stop_ends_and_is_settled(company: Company, played: Played) -> None:
    permit = company.permit_all()[0]
    run = company.ask()
    played.script = [-9]
    execute(run)
    jobs.claim(TrainingRun, run.uid, worker="dead")
    run.refresh_from_db()
    actions.run_cancel(actor=company.people.dave, run=run)
    TrainingRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    clock.runs_tick()
    run.refresh_from_db()
    assert run.state == JobState.CANCELLED
    assert PermitUse.objects.filter(permit=permit, kind="settled", job_id=run.uid).count() == 1
    assert ledger.verify().faults == ()


def test_a_run_stopped_while_its_trainer_dies_does_not_hang(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    played.script = [-9]
    jobs.claim(TrainingRun, run.uid, worker="w")
    run.refresh_from_db()
    jobs.request_cancel(run)
    jobs.move(run, JobState.QUEUED, reason="trainer_died")
    clock.runs_tick()
    run.refresh_from_db()
    assert run.state == JobState.CANCELLED


def test_revoking_a_permit_kills_the_child(company: Company, played: Played) -> None:
    permit = company.permit_all()[0]
    run = company.ask()
    played.script = [lambda _child: company.revoke(permit), write_result, 0]
    execute(run)
    assert (run.state, run.reason) == (JobState.FAILED, "permit_revoked")
    assert played.killed == ["killed"]
    assert not ModelVersion.objects.exists()


def test_a_condition_missed_while_it_runs_kills_the_child(company: Company, played: Played) -> None:
    """A permit lapses by the clock alone: nobody revokes it, and no event tells the worker (promise 1)."""
    due = timezone.now().replace(microsecond=0) + dt.timedelta(seconds=6)
    condition = {
        "id": "mask", "owner": company.people.erin.uid, "due": due.date().isoformat(), "when": "by_due",
        "due_end": due.isoformat(), "text": "Masked",
    }  # fmt: skip
    permit = company.permit_all(conditions=[condition])[0]
    run = company.ask()
    wait = (due - timezone.now()).total_seconds() + 0.1
    played.script = [lambda _child: time.sleep(max(0.0, wait)), write_result, 0]
    execute(run)
    assert permits.status_of(permit) == "lapsed"
    assert (run.state, run.reason, played.killed) == (JobState.FAILED, "permit_lapsed", ["killed"])
    assert not ModelVersion.objects.exists()


def test_a_permit_revoked_in_the_last_moment_publishes_nothing(
    company: Company, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    permit = company.permit_all()[0]
    run = company.ask()
    finished = execution.publishing.finished

    def then_revoked(row: TrainingRun) -> Any:
        found = finished(row)
        company.revoke(permit)
        return found

    monkeypatch.setattr(execution.publishing, "finished", then_revoked)
    execute(run)
    assert (run.state, run.reason) == (JobState.FAILED, "permit_revoked")
    assert not ModelVersion.objects.exists()


def test_revoking_after_the_run_quarantines_the_model(company: Company, played: Played) -> None:
    permit = company.permit_all()[0]
    execute(company.ask())
    company.revoke(permit)
    clock.permits_sweep()
    model = ModelVersion.objects.get()
    assert (model.state, model.reason) == ("quarantined", "permit_revoked")
    clock.on_permit_ended(subject_kind="permit", subject_id=permit.uid)
    assert LedgerEntry.objects.filter(type="model.quarantined").count() == 1
    assert ledger.verify().faults == ()


def test_a_cancelled_run_is_asked_for_its_checkpoint(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    played.script = [
        lambda _c: actions.run_cancel(actor=company.people.dave, run=run),
        fail_with("run.cancelled"),
    ]
    execute(run)
    assert (run.state, run.reason) == (JobState.CANCELLED, "cancelled")
    assert played.killed == ["asked"]


def test_a_run_not_yet_started_is_cancelled_at_once(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    actions.run_cancel(actor=company.people.dave, run=run)
    assert execute(run).state == JobState.CANCELLED
    assert played.started == []
    assert ledger.verify().faults == ()


@pytest.mark.parametrize(
    ("status", "code"),
    [(3, "grant.forged"), (4, "grant.budget_spent"), (5, "run.nan_loss"), (1, "run.unexpected")],
)
def test_a_reason_the_engine_gives_is_kept_with_its_words(
    company: Company, played: Played, status: int, code: str
) -> None:
    company.permit_all()
    played.script = [fail_with(code), status]
    run = execute(company.ask())
    assert (run.state, run.reason) == (JobState.FAILED, code)
    assert run.reason_detail["zh"] == f"{code} 的中文"


def test_a_trainer_stopped_by_somebody_else_goes_on_later(company: Company, played: Played) -> None:
    company.permit_all()
    played.script = [fail_with("run.cancelled"), 4]
    assert execute(company.ask()).state == JobState.QUEUED


def test_a_result_of_another_run_registers_nothing(company: Company, played: Played) -> None:
    def foreign(child: PlayedChild) -> None:
        write_result(child)
        path = child.output / "result.json"
        path.write_text(path.read_text().replace(child.job["job"], "another"))

    company.permit_all()
    played.script = [foreign, 0]
    run = execute(company.ask())
    assert (run.state, run.reason) == (JobState.FAILED, "result_unreadable")
    assert not ModelVersion.objects.exists()


def test_weights_changed_after_the_run_register_nothing(company: Company, played: Played) -> None:
    def poisoned(child: PlayedChild) -> None:
        write_result(child)
        (child.output / "model" / "model.safetensors").write_bytes(b"other")

    company.permit_all()
    played.script = [poisoned, 0]
    assert execute(company.ask()).reason == "result_unreadable"


def test_a_full_disk_has_its_own_reason(
    company: Company, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    company.permit_all()
    monkeypatch.setattr(execution, "Child", full)
    run = execute(company.ask())
    assert (run.state, run.reason) == (JobState.FAILED, "storage_full")


def test_a_database_that_goes_away_loses_no_run(
    company: Company, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("gone")

    company.permit_all()
    run = company.ask()
    monkeypatch.setattr(execution, "_listen", away)
    assert run_execute(run.uid) == "released"
    run.refresh_from_db()
    assert run.state == JobState.RUNNING


def test_an_unexpected_failure_keeps_what_was_spent(
    company: Company, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.permit_all()
    run = company.ask()
    played.script = [-9]
    execute(run)
    monkeypatch.setattr(execution, "_listen", lambda attempt: 1 / 0)
    execute(run)
    assert (run.state, run.reason, run.cpu_seconds_used) == (JobState.FAILED, "internal", 2.5)


def test_cpu_time_is_what_is_left_of_what_was_asked(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask(cpu_seconds=4)
    played.script = [-9]
    execute(run)
    assert run.cpu_seconds_used == 2.5
    execute(run)
    assert [job["cpu_seconds"] for job in played.started] == [4, 1]
    assert execute(run).reason == "grant.budget_spent"


def test_a_spool_flood_is_copied_whole_and_bad_lines_cost_only_themselves(
    company: Company, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modeling.supervision.spool.MOST_BYTES", 4096)
    bad = [
        "not json", "[]", '{"metric": "x"}',
        json.dumps({"metric": "nan", "step": 1, "value": "nan", "epoch": 0, "at": AT}),
        json.dumps({"metric": "big", "step": 10**12, "value": 1, "epoch": 0, "at": AT}),
        json.dumps({"metric": "m" * 500, "step": 1, "value": 1, "epoch": 0, "at": AT}), "z" * 20_000,
    ]  # fmt: skip

    def flood(child: PlayedChild) -> None:
        (child.output / "metrics.jsonl").write_text("\n".join(bad) + "\n")
        write_points(child, range(1, 301))
        note = json.dumps({"at": AT, "level": "warning", "code": "backbone.gaps", "share": "3 %"})
        (child.output / "log.jsonl").write_text(f"{note}\nbroken\n{note}\n")

    company.permit_all()
    played.script = [flood, write_result, 0]
    run = execute(company.ask())
    assert run.state == JobState.SUCCEEDED
    assert MetricPoint.objects.filter(run=run).count() == 300
    assert list(LogLine.objects.filter(run=run).values_list("number", "level")) == [
        (0, "warning"),
        (1, "warning"),
    ]


def test_a_waiting_run_starts_by_itself_when_the_last_permit_is_given(
    company: Company, played: Played, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    run = company.ask(wait=True)
    assert (run.state, run.reason) == (JobState.WAITING, "permit_missing")
    *first, last = company.versions.values()
    for version in first:
        company.permit(version)
    clock.on_permit_issued(subject_kind="dataset_version", subject_id=last.uid)
    run.refresh_from_db()
    assert run.state == JobState.WAITING
    company.permit(last)
    with django_capture_on_commit_callbacks(execute=True):
        clock.on_permit_issued(subject_kind="dataset_version", subject_id=last.uid)
    run.refresh_from_db()
    assert run.state == JobState.QUEUED
    assert run.uid in sent
    assert execute(run).state == JobState.SUCCEEDED


def test_a_waiting_run_says_that_the_gate_is_shut(company: Company, gates: dict[str, str]) -> None:
    company.permit_all()
    gates[company.versions["test"].uid] = "conditional"
    run = company.ask(wait=True)
    assert (run.state, run.reason) == (JobState.WAITING, "gate_not_open")


def test_a_conditional_gate_needs_a_permit_that_says_so(company: Company, gates: dict[str, str]) -> None:
    gates[company.versions["test"].uid] = "conditional"
    company.permit_all(terms={"gate": "conditional"})
    assert company.ask().state == JobState.QUEUED


def test_the_worker_loads_no_training_library(company: Company, played: Played) -> None:
    """Neither the task nor what it imports names torch; bytes are hashed in a process of their own."""
    import subprocess
    import sys

    code = (
        "import django, sys; django.setup(); import modeling.tasks, modeling.clock;"
        "print(sorted({'torch', 'transformers', 'polars', 'deltalake'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {"PATH": "", "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr[-1000:]
