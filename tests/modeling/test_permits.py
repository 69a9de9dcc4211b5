"""Attempts to train without a valid permit. Each is refused with its code, and no byte is read as data."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import DatasetVersion, Incident
from governance import exceptions as errors
from governance import ledger
from governance.choices import JobState
from governance.database.triggers import lifted
from governance.models import LedgerEntry, Permit, PermitUse
from modeling import actions
from modeling.exceptions import DatasetWithdrawn
from modeling.models import ModelVersion, RunInput, TrainingPlan, TrainingRun
from modeling.tasks import run_execute
from tests.engines.training import tiny
from tests.modeling.conftest import Company, PlayedChild

Played = type[PlayedChild]
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def forced(run: TrainingRun) -> TrainingRun:
    """What somebody with the database at hand would do: queue the run, call the task."""
    TrainingRun.objects.filter(pk=run.pk).update(state=JobState.QUEUED, reason="")
    run_execute(run.uid)
    run.refresh_from_db()
    return run


def refused(run: TrainingRun, played: Played, code: str) -> None:
    assert (run.state, run.reason) == (JobState.FAILED, code), run.reason_detail
    assert played.started == []
    assert not ModelVersion.objects.exists()


# --- at the door: action, API, console


def test_without_a_permit_the_action_refuses(company: Company) -> None:
    with pytest.raises(errors.PermitRefused) as caught:
        company.ask()
    assert caught.value.code == "permit_missing"
    assert not TrainingRun.objects.exists()
    assert LedgerEntry.objects.filter(type="run.request", accepted=False, code="permit_missing").exists()


def test_without_a_permit_the_api_refuses(company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    answer = client.post("/api/v1/training-runs", json.dumps(api_request(company)), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permit_missing")
    assert not TrainingRun.objects.exists()


def api_request(company: Company, **changes: Any) -> dict[str, Any]:
    inputs = [{"role": role, "version": version.uid} for role, version in company.versions.items()]
    return {"plan": company.plan.uid, "inputs": inputs, "cpu_seconds": 600, **changes}


def test_without_a_permit_the_console_refuses(company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    form = {role: version.uid for role, version in company.versions.items()}
    answer = client.post(reverse("modeling:run_new"), {"plan": company.plan.uid, "cpu_seconds": 600, **form})
    assert answer.status_code == 403
    assert "No permit covers" in answer.content.decode()
    assert not TrainingRun.objects.exists()


def test_a_permit_for_two_of_three_versions_is_none(company: Company) -> None:
    for role in ("train", "valid"):
        company.permit(company.versions[role])
    with pytest.raises(errors.PermitRefused) as caught:
        company.ask()
    assert caught.value.code == "permit_missing"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": "advertising"}, "permit_purpose"),
        ({"holder": "team:somebody-else"}, "permit_holder"),
        ({"terms": {"job_kinds": ["score"]}}, "permit_job_kind"),
        ({"terms": {"columns": ["left_title", "right_title"]}}, "permit_columns"),
        ({"terms": {"runs": 0}}, "permit_budget"),
        ({"terms": {"cpu_seconds": 10}}, "permit_budget"),
        ({"action": "export"}, "permit_missing"),
        ({"valid_from": LONG_AGO, "valid_until": LONG_AGO + dt.timedelta(days=30)},
         "permit_not_active"),
    ],
)  # fmt: skip
def test_a_permit_that_does_not_fit_is_refused_at_the_door_and_by_the_worker(
    company: Company, played: Played, changes: dict[str, Any], code: str
) -> None:
    company.permit_all(**changes)
    with pytest.raises(errors.PermitRefused) as caught:
        company.ask()
    assert caught.value.code == code
    run = forced(company.ask(wait=True))
    refused(run, played, "permit_expired" if code == "permit_not_active" else code)
    assert PermitUse.objects.filter(kind="refused", job_id=run.uid).count() == 3


def test_a_permit_for_an_older_version_does_not_cover_the_new_one(
    company: Company, played: Played, tmp_path: Path
) -> None:
    company.permit_all()
    newer = company.version("pairs-train", tmp_path / "pairs" / "valid.parquet")
    company.versions["train"] = newer
    with pytest.raises(errors.PermitRefused) as caught:
        company.ask()
    assert caught.value.code == "permit_missing"


# --- behind the door: the database, the disk, the child


def test_a_waiting_run_forced_into_the_queue_is_refused_by_the_worker(
    company: Company, played: Played
) -> None:
    refused(forced(company.ask(wait=True)), played, "permit_missing")


def test_a_permit_revoked_between_admission_and_start(company: Company, played: Played) -> None:
    permit = company.permit_all()[0]
    run = company.ask()
    company.revoke(permit)
    refused(forced(run), played, "permit_revoked")


def test_a_permit_that_expired_in_the_queue(
    company: Company, played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.permit_all(valid_until=timezone.now() + dt.timedelta(hours=1))
    run = company.ask()
    later = timezone.now() + dt.timedelta(hours=2)
    monkeypatch.setattr("governance.permits.timezone.now", lambda: later)
    refused(forced(run), played, "permit_expired")


@pytest.mark.parametrize(
    "edit",
    [
        {"valid_until": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)},
        {"terms": {"runs": None, "cpu_seconds": None, "job_kinds": ["fine_tune"], "columns": ["*"]}},
        {"purpose": "advertising"},
        {"holder": "user:mallory"},
    ],
)
def test_a_permit_row_edited_in_the_database(company: Company, played: Played, edit: dict[str, Any]) -> None:
    permit = company.permit_all()[0]
    run = company.ask()
    with lifted():
        Permit.objects.filter(pk=permit.pk).update(**edit)
    refused(forced(run), played, "permit_signature")


def test_a_permit_moved_to_another_version_in_the_database(company: Company, played: Played) -> None:
    train, _valid, test = company.permit_all()
    run = company.ask()
    with lifted():
        Permit.objects.filter(pk=train.pk).update(
            subject_id=test.subject_id, subject_digest=test.subject_digest
        )
    refused(forced(run), played, "permit_digest")


def test_an_input_row_edited_to_another_version(company: Company, played: Played, tmp_path: Path) -> None:
    company.permit_all()
    run = company.ask()
    other = company.version("secret", tmp_path / "pairs" / "valid.parquet", level=5)
    RunInput.objects.filter(run=run, role="train").update(version=other)
    refused(forced(run), played, "plan_changed")


def test_an_input_row_edited_with_its_digest(company: Company, played: Played, tmp_path: Path) -> None:
    company.permit_all()
    run = company.ask()
    other = company.version("secret", tmp_path / "pairs" / "train.parquet", level=5)
    RunInput.objects.filter(run=run, role="train").update(version=other, digest=other.digest)
    refused(forced(run), played, "permit_digest")
    assert ("training_run " + run.uid, "row_differs") in [(f.place, f.code) for f in ledger.verify().faults]


@pytest.mark.parametrize("with_digest", [False, True])
def test_a_plan_edited_in_the_database(company: Company, played: Played, with_digest: bool) -> None:
    company.permit_all()
    run = company.ask()
    document = json.loads(company.plan.document)
    document["text"]["left"] = ["secret"]
    changed = actions.plan_create(
        actor=company.people.dave,
        name="other",
        backbone=company.backbone,
        document={k: v for k, v in document.items() if k != "backbone"},
    )
    values = {"document": changed.document} | ({"digest": changed.digest} if with_digest else {})
    TrainingPlan.objects.filter(pk=company.plan.pk).update(**values)
    refused(forced(run), played, "plan_changed")


def test_a_plan_that_is_no_plan_any_more(company: Company, played: Played) -> None:
    company.permit_all()
    run, waiting = company.ask(), company.ask(wait=True)
    TrainingPlan.objects.filter(pk=company.plan.pk).update(document="{nonsense")
    refused(forced(run), played, "plan_changed")
    TrainingRun.objects.filter(pk=waiting.pk).update(state=JobState.WAITING)
    assert actions.run_wake(actor=company.people.dave, run=TrainingRun.objects.get(pk=waiting.pk)) is False


def test_a_file_changed_on_disk_after_approval(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    version = company.versions["train"]
    file = company.lake / version.path
    file.write_bytes(file.read_bytes() + b"x")
    refused(forced(run), played, "bytes_changed")
    assert Incident.objects.get(version=version).kind == "bytes_changed"


def test_a_file_gone_from_the_disk(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    (company.lake / company.versions["test"].path).unlink()
    refused(forced(run), played, "bytes_changed")


def test_a_version_row_edited_to_the_bytes_of_another(company: Company, played: Played) -> None:
    """The file of the version is swapped in the database: its bytes no longer have the digest."""
    company.permit_all()
    run = company.ask()
    with lifted():
        DatasetVersion.objects.filter(pk=company.versions["train"].pk).update(
            path=company.versions["test"].path
        )
    refused(forced(run), played, "bytes_changed")


def test_a_budget_spent_by_another_run_meanwhile(company: Company, played: Played) -> None:
    company.permit_all(terms={"runs": 1})
    first, second = company.ask(), company.ask()
    run_execute(first.uid)
    run_execute(second.uid)
    second.refresh_from_db()
    assert (second.state, second.reason) == (JobState.FAILED, "permit_budget")
    assert len(played.started) == 1


def test_a_gate_that_shut_in_the_queue(company: Company, played: Played, gates: dict[str, str]) -> None:
    company.permit_all()
    run = company.ask()
    gates[company.versions["valid"].uid] = "closed"
    refused(forced(run), played, "gate_not_open")


def test_a_dataset_withdrawn_in_the_queue(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    dataset = company.versions["train"].dataset
    type(dataset).objects.filter(pk=dataset.pk).update(archived_at=timezone.now())
    with pytest.raises(DatasetWithdrawn):
        company.ask()
    refused(forced(run), played, "dataset_withdrawn")


def test_a_holder_who_left_the_team(company: Company, played: Played) -> None:
    team = company.people.teams["engineering"]
    company.permit_all(holder=f"team:{team.uid}")
    run = company.ask()
    today = timezone.localdate()
    company.people.dave.memberships.update(
        since=today - dt.timedelta(days=9), until=today - dt.timedelta(days=1)
    )
    refused(forced(run), played, "permit_holder")


def test_a_signing_key_taken_from_the_ring(company: Company, played: Played, settings: Any) -> None:
    company.permit_all()
    run = company.ask()
    settings.GAVEL_PERMIT_KEYS = {"new": b"x" * 32}
    refused(forced(run), played, "permit_signature")


def test_a_model_digest_without_its_permit_is_not_promoted(company: Company, played: Played) -> None:
    company.permit_all()
    run_execute(company.ask().uid)
    model = ModelVersion.objects.get()
    with pytest.raises(errors.PermitRefused):
        actions.model_promote(actor=company.people.carol, model=model)
    model.refresh_from_db()
    assert model.state == "registered"


def test_a_row_whose_attempts_were_changed_still_reserves_once(company: Company, played: Played) -> None:
    company.permit_all()
    run = company.ask()
    TrainingRun.objects.filter(pk=run.pk).update(attempt=F("attempt") + 3)
    run_execute(run.uid)
    assert PermitUse.objects.filter(kind="reserved", job_id=run.uid).count() == 3


@pytest.mark.services
@pytest.mark.parametrize("forgery", ["signature", "term", "digest"])
def test_a_forged_grant_given_to_the_real_trainer_reads_nothing(tmp_path: Path, forgery: str) -> None:
    backbone = tiny.make_backbone(tmp_path / "backbone")
    tiny.make_pairs(tmp_path / "data")
    job = tiny.make_job(tmp_path / "data", backbone, tmp_path / "out", tiny.pair_plan())
    grant = job["grants"][0]
    if forgery == "signature":
        grant["signature"] = "0" * 64
    elif forgery == "term":
        grant["grant"]["valid_until"] = "3999-01-01T00:00:00Z"
    else:
        grant["grant"]["subject"]["digest"] = "sha256:" + "0" * 64
    child = tiny.start(job)
    _out, told = child.communicate(timeout=120)
    assert child.returncode == 3
    assert json.loads(told.decode().splitlines()[-1])["code"] == "grant.forged"
    assert not (tmp_path / "out" / "metrics.jsonl").exists()
