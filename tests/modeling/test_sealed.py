"""`ledger verify` finds every row of modeling that was edited, removed or slipped in behind the ledger's
back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance import ledger
from modeling.models import Evaluation, ModelCard, ModelVersion, RunInput, TrainingPlan, TrainingRun
from modeling.tasks import run_execute
from tests.modeling.conftest import Company, PlayedChild


@pytest.fixture
def done(company: Company, played: type[PlayedChild]) -> Company:
    company.permit_all()
    run_execute(company.ask().uid)
    assert ledger.verify().faults == ()
    return company


def slip_in(company: Company) -> None:
    run = company.ask()
    TrainingRun.objects.filter(pk=run.pk).update(uid="elsewhere")


EDITS: list[tuple[str, Callable[[Company], Any]]] = [
    ("row_differs", lambda _c: TrainingPlan.objects.update(document="{}")),
    ("row_differs", lambda _c: TrainingPlan.objects.update(digest="sha256:0")),
    ("row_differs", lambda _c: TrainingRun.objects.update(cpu_seconds_asked=10**6)),
    ("row_differs", lambda c: RunInput.objects.filter(role="train").update(version=c.versions["test"])),
    ("row_differs", lambda _c: RunInput.objects.filter(role="train").update(where_column="label")),
    ("permits_differ", lambda _c: RunInput.objects.filter(role="train").update(permit_uid="other")),
    ("end_differs", lambda _c: TrainingRun.objects.update(state="failed")),
    ("entry_missing", slip_in),
    ("row_differs", lambda _c: Evaluation.objects.filter(model="bm25").update(gain=0.3, verdict="better")),
    ("row_differs", lambda _c: ModelVersion.objects.update(weights_sha256="0" * 64)),
    ("row_differs", lambda _c: ModelVersion.objects.update(level=1)),
    ("row_differs", lambda _c: ModelCard.objects.filter(language="en").update(text="all is well")),
    ("state_differs", lambda _c: ModelVersion.objects.update(state="promoted")),
    ("row_missing", lambda _c: ModelVersion.objects.all().delete()),
]


@pytest.mark.parametrize(("code", "edit"), EDITS)
def test_an_edited_row_is_found(done: Company, code: str, edit: Callable[[Company], Any]) -> None:
    edit(done)
    assert code in {fault.code for fault in ledger.verify().faults}
