"""A rising share is told to who asked for the run, and drawn on its page."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.test import Client

from governance.exceptions import InvalidInput
from governance.models import Notice
from modeling import actions
from modeling.tasks import run_execute
from tests.modeling import conftest
from tests.modeling.conftest import Company, PlayedChild

STRETCHES = [
    {"from": f"2026-0{n}", "to": f"2026-0{n}", "n": 40, "said": 4 * n, "share": 0.1 * n, "low": 0.05 * n,
     "high": 0.15 * n, "labelled": 0.1 * n} for n in range(1, 5)
]  # fmt: skip


@pytest.mark.parametrize("rising", [True, False])
def test_a_rise_is_told_and_drawn(
    rising: bool, company: Company, played: type[PlayedChild], monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    found: dict[str, Any] = {
        "watched": ["negative"],
        "stretches": STRETCHES,
        "p": 0.0004,
        "rising": rising,
        "alpha": 0.01,
    }
    report = copy.deepcopy(conftest.REPORT) | {"trend": found}
    monkeypatch.setattr(conftest, "REPORT", report)
    company.permit_all()
    run = company.ask()
    run_execute(run.uid)
    told = Notice.objects.filter(recipient=company.people.dave, code="run_trend_rising")
    assert told.count() == int(rising)
    client.force_login(company.people.dave)
    page = client.get(run.get_absolute_url()).content.decode()
    assert "Share of negative over time" in page
    assert ("The watched share rises over time" in page) == rising
    shown = client.get(f"/api/v1/training-runs/{run.uid}/trend").json()
    assert json.dumps(shown, sort_keys=True) == json.dumps(found, sort_keys=True)


def test_columns_that_pages_mask_are_no_slices(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.permit_all()
    document = json.loads(company.plan.document)
    document["evaluation"] = {"slices": ["left_title"]}
    document.pop("backbone")
    dave = company.people.dave
    plan = actions.plan_create(actor=dave, name="sliced", backbone=company.backbone, document=document)
    assert company.ask(plan=plan)
    monkeypatch.setattr(actions, "hidden_columns", lambda _version: {"left_title"})
    with pytest.raises(InvalidInput):
        company.ask(plan=plan)
