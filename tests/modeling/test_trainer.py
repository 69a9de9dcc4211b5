"""The real trainer: to a registered model, killed and resumed, revoked and stopped on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import LineageEdge
from governance import ledger
from governance.choices import JobState
from governance.models import PermitUse
from modeling import actions
from modeling.models import Evaluation, LogLine, MetricPoint, ModelVersion, TrainingRun
from modeling.selectors import level_of, model_facts, withdrawn
from modeling.services import execution
from modeling.services.handover import run_folder
from modeling.tasks import run_execute
from tests.engines.training import tiny
from tests.modeling.conftest import Company, make_company
from tests.people import People

pytestmark = [pytest.mark.services, pytest.mark.slow]
LONG = {"epochs": 12, "save_every": 20}


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make_backbone(tmp_path_factory.mktemp("backbone") / "tiny")


@pytest.fixture
def shop(people: People, tmp_path: Path, backbone: Path) -> Company:
    company = make_company(people, tmp_path, backbone)
    company.permit_all()
    return company


@pytest.fixture
def at_step(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[int, Callable[[execution.Attempt], Any]], list[Any]]:
    """Do something once, in the middle of a run, when a step has been copied into rows."""
    monkeypatch.setattr(execution, "LISTEN_SECONDS", 0.1)

    def arrange(step: int, act: Callable[[execution.Attempt], Any]) -> list[Any]:
        done: list[Any] = []
        copy = execution._copy

        def watched(attempt: execution.Attempt) -> bool:
            behind = copy(attempt)
            reached = MetricPoint.objects.filter(
                run=attempt.run, metric="train/loss", step__gte=step
            ).exists()
            if reached and not done:
                done.append(attempt.child.process)
                act(attempt)
            return behind

        monkeypatch.setattr(execution, "_copy", watched)
        return done

    return arrange


def long_plan(company: Company) -> Any:
    document = {k: v for k, v in tiny.pair_plan(recipe=LONG).items() if k != "backbone"}
    return actions.plan_create(
        actor=company.people.dave, name="long", backbone=company.backbone, document=document
    )


def execute(run: TrainingRun) -> TrainingRun:
    run_execute(run.uid)
    run.refresh_from_db()
    return run


def losses(run: TrainingRun) -> list[tuple[int, float]]:
    rows = MetricPoint.objects.filter(run=run, metric="train/loss").order_by("step")
    return list(rows.values_list("step", "value"))


def test_a_permitted_run_trains_and_registers_a_model(shop: Company) -> None:
    run = execute(shop.ask())
    assert (run.state, run.reason) == (JobState.SUCCEEDED, ""), run.reason_detail
    model = ModelVersion.objects.get(run=run)
    assert model.digest == run.result["reproduce"]["model_digest"]
    assert [step for step, _loss in losses(run)] == list(range(1, 61))
    assert MetricPoint.objects.filter(run=run, metric="valid/auc_high").exists()
    assert LogLine.objects.filter(run=run, code="run.finished").exists()
    assert (run.progress_done, run.progress_total) == (60, 60)
    assert Evaluation.objects.filter(run=run, metric="auc", model="fine_tuned", n=80).exists()
    assert LineageEdge.objects.filter(to_id=model.uid).count() == 3
    assert "AUC".lower() in model.cards.get(language="zh").text
    assert run.cpu_seconds_used > 0
    settled = PermitUse.objects.filter(job_id=run.uid, kind="settled")
    assert {use.cpu_seconds for use in settled} == {run.cpu_seconds_used}
    facts = model_facts(model.uid)
    assert facts is not None
    assert "n = 80" in facts.headline
    assert (level_of(model.uid), withdrawn(model.uid)) == (2, False)
    assert ledger.verify().faults == ()


def test_what_a_decision_allowed_comes_to_the_same_weights_again(
    shop: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    first = execute(shop.ask())
    decision = shop.issued[0].decision
    assert decision is not None
    call_command("run", "--as", "dave", "reproduce", decision.uid)
    assert f"sha256 {first.result['reproduce']['weights_sha256']}" in capsys.readouterr().out
    again = TrainingRun.objects.exclude(pk=first.pk).get()
    assert losses(again) == losses(first)


def test_a_killed_trainer_is_started_again_and_computes_the_same(shop: Company, at_step: Any) -> None:
    plan = long_plan(shop)
    undisturbed = execute(shop.ask(plan=plan))
    run = shop.ask(plan=plan)
    killed = at_step(50, lambda attempt: os.kill(attempt.child.process.pid, signal.SIGKILL))
    assert execute(run).state == JobState.QUEUED
    assert (run.reason, run.reason_detail["status"]) == ("trainer_died", -9)
    assert execute(run).state == JobState.SUCCEEDED
    assert (len(killed), run.attempt) == (1, 2)
    assert run.result["training"]["resumed_from"] > 0
    assert losses(run) == losses(undisturbed)
    assert run.result["reproduce"] == undisturbed.result["reproduce"]


def test_a_revoked_permit_kills_the_trainer_at_the_next_look(shop: Company, at_step: Any) -> None:
    """A look comes every two seconds, so the trainer is dead within five."""
    run = shop.ask(plan=long_plan(shop))
    children = at_step(20, lambda _attempt: shop.revoke(shop.issued[0]))
    execute(run)
    assert (run.state, run.reason) == (JobState.FAILED, "permit_revoked")
    assert children[0].returncode == -signal.SIGKILL
    assert not ModelVersion.objects.exists()
    assert not (run_folder(run) / "result.json").exists()


def test_a_cancelled_run_leaves_a_checkpoint(shop: Company, at_step: Any) -> None:
    run = shop.ask(plan=long_plan(shop))
    at_step(30, lambda attempt: actions.run_cancel(actor=shop.people.dave, run=run))
    execute(run)
    assert (run.state, run.reason) == (JobState.CANCELLED, "cancelled")
    assert run.reason_detail["code"] == "run.cancelled"
    assert any((run_folder(run) / "checkpoints").iterdir())
    assert not ModelVersion.objects.exists()


def test_labels_of_one_class_end_with_the_engines_reason(shop: Company, tmp_path: Path) -> None:
    import polars as pl  # the engine's own reader; only tests write data files with it

    file = tmp_path / "one.parquet"
    frame = pl.read_parquet(tmp_path / "pairs" / "train.parquet").with_columns(label=pl.lit(1))
    frame.write_parquet(file)
    shop.versions["train"] = shop.version("one-class", file)
    shop.permit(shop.versions["train"])
    run = execute(shop.ask())
    assert (run.state, run.reason) == (JobState.FAILED, "data.empty")
    assert run.reason_detail["zh"].startswith("没有可供学习的内容")


def test_another_backbone_on_disk_stops_the_run(shop: Company, tmp_path: Path, settings: Any) -> None:
    run = shop.ask()
    folder = Path(shop.backbone.place)
    copy = tmp_path / "changed"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "tokenizer.json").write_text((folder / "tokenizer.json").read_text() + " ")
    type(shop.backbone).objects.filter(pk=shop.backbone.pk).update(place=str(copy))
    assert execute(run).reason == "backbone.changed"


def test_a_folder_still_written_by_an_older_child_is_left_alone(
    shop: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(execution, "LISTEN_SECONDS", 0.01)
    run = shop.ask()
    folder = run_folder(run)
    folder.mkdir(parents=True)
    with (folder / "lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert execute(run).state == JobState.QUEUED
    assert run.reason == "folder_busy"
