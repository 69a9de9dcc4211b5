"""`run reproduce DECISION`: what it takes, what it says, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Dataset
from governance.choices import JobState
from modeling.models import TrainingRun
from modeling.selectors.reproduction import runs_of_decision
from modeling.tasks import run_execute
from tests.modeling.conftest import Company, PlayedChild, fail_with


@pytest.fixture
def first(company: Company, played: type[PlayedChild]) -> TrainingRun:
    company.permit_all()
    run = company.ask()
    run_execute(run.uid)
    run.refresh_from_db()
    assert run.state == JobState.SUCCEEDED
    return run


def decision(company: Company) -> str:
    found = company.issued[0].decision
    assert found is not None
    return found.uid


def reproduce(company: Company, actor: str = "dave", *more: str) -> int:
    try:
        call_command("run", "--as", actor, "reproduce", decision(company), *more)
    except CommandError as error:
        return error.returncode
    return 0


def test_the_same_weights_end_well(
    company: Company, first: TrainingRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reproduce(company) == 0
    said = capsys.readouterr().out
    again = TrainingRun.objects.exclude(pk=first.pk).get()
    assert f"{first.uid} → {again.uid}: the same weights" in said
    assert first.result["reproduce"]["weights_sha256"] in said
    assert (again.plan_id, again.requested_by_id) == (first.plan_id, first.requested_by_id)
    assert [p.permit_uid for p in again.inputs.all()] == [p.permit_uid for p in first.inputs.all()]


def test_other_weights_end_with_1_and_both_hashes(
    company: Company, first: TrainingRun, played: type[PlayedChild], capsys: pytest.CaptureFixture[str]
) -> None:
    hash_then = "00" * 32
    result = first.result
    result["reproduce"]["weights_sha256"], result["versions"] = hash_then, {"python": "3.10"}
    TrainingRun.objects.filter(pk=first.pk).update(result=result)
    assert reproduce(company) == 1
    said = capsys.readouterr().out
    assert "other weights" in said
    assert hash_then in said
    assert "versions.python: 3.10 → 3.11" in said


def test_what_is_refused_or_fails_ends_with_2(
    company: Company, first: TrainingRun, played: type[PlayedChild]
) -> None:
    played.script = [fail_with("run.nan_loss"), 5]
    assert reproduce(company) == 2
    company.revoke(company.issued[1])
    before = TrainingRun.objects.count()
    assert reproduce(company) == 2
    assert TrainingRun.objects.count() == before


def test_nobody_reproduces_what_they_may_not_see(company: Company, first: TrainingRun) -> None:
    Dataset.objects.update(level=5)
    for actor in ("mallory", "ghost"):
        assert reproduce(company, actor) in {1, 2}
    assert TrainingRun.objects.count() == 1


def test_a_decision_that_allowed_nothing_finished(company: Company, played: type[PlayedChild]) -> None:
    company.permit_all()
    assert runs_of_decision(company.people.dave, decision(company)) == []
    assert reproduce(company) == 2
    assert reproduce(company, "dave", "--run", "other") == 2


def test_a_plan_that_ran_twice_on_the_same_data_is_one(company: Company, first: TrainingRun) -> None:
    other = company.ask()
    run_execute(other.uid)
    found: list[Any] = runs_of_decision(company.people.dave, decision(company))
    assert [run.uid for run in found] == [other.uid]
