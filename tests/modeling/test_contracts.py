"""Every task has a data contract: it compiles without a warning and finds what was planted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.test import Client
from django.urls import reverse

from governance.models import StandardVersion
from governance.validation.engine import ValidationRequest, validate
from governance.validation.linting import lint
from governance.validation.standard import compile_standard, load
from modeling.models import TrainingPlan
from modeling.training.config import parse_plan
from modeling.training.contracts import contract_of, slug
from modeling.training.tasks import TASKS
from tests.modeling.conftest import Company

PAIRS: dict[str, Any] = {"left": ["a", "a2"], "right": ["b"]}
TEXTS: dict[str, dict[str, Any]] = {
    **{
        name: {"left": ["a"], "right": [], "label": "y"}
        for name, card in TASKS.items()
        if card.loss == "to_classes"
    },
    **dict.fromkeys(("retrieval", "intent_matching", "reply_matching"), PAIRS),
    **{name: {**PAIRS, "label": "y", "group": "g"} for name in ("pair_relevance", "search_relevance")},
    "recommendation": {"left": ["a"], "right": ["a"], "group": "g", "time": "t", "item": "i", "kind": "k"},
}


def made(task: str) -> bytes:
    plan = {"task": task, "method": "full", "purpose": "p", "backbone": {"name": "x"}, "text": TEXTS[task]}
    return contract_of(parse_plan(plan), "Our plan")


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_task_has_one_that_compiles_without_a_warning(task: str) -> None:
    compiled = compile_standard(load(made(task)), None)
    assert lint(compiled, dt.datetime.now(dt.UTC)) == ()
    kinds = {rule.kind for rule in compiled.rules}
    assert {"columns", "row_count", "completeness"} <= kinds
    assert ("label_conflict" in kinds) == bool(TEXTS[task].get("label"))


def planted(task: str) -> pl.DataFrame:
    """200 good rows, and one row for each fault."""
    rows = [
        {
            "a": f"text {n}",
            "a2": "",
            "b": f"item {n}",
            "y": str(n % 2),
            "g": f"g{n}",
            "t": str(n),
            "i": str(n),
            "k": "k",
        }
        for n in range(200)
    ]
    rows.append(
        {**rows[0], "y": "1" if rows[0]["y"] == "0" else "0"}
    )  # the same with another label, or twice
    rows.append({**rows[1], "g": None, "y": None, "t": None, "a": "other", "b": "other"})
    return pl.DataFrame(rows).select(parse_plan_columns(task))


def parse_plan_columns(task: str) -> list[str]:
    plan = {"task": task, "method": "full", "purpose": "p", "backbone": {"name": "x"}, "text": TEXTS[task]}
    return list(parse_plan(plan).columns())


@pytest.mark.parametrize("task", sorted(TASKS))
def test_it_finds_what_was_planted(task: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    planted(task).write_parquet(file)
    now = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
    request = ValidationRequest(data=file, standard=load(made(task)), now=now, platform_key=b"k" * 32)
    report = validate(request).to_json()
    failed = {rule["kind"] for rule in report["rules"] if rule["verdict"] != "passed"}
    text = TEXTS[task]
    wanted = {"label_conflict"} if text.get("label") else set()
    wanted |= set() if TASKS[task].loss == "to_classes" else {"unique"}
    if text.get("label") or text.get("group"):
        wanted |= {"not_null"}
    assert failed == wanted


@pytest.mark.parametrize("task", sorted(TASKS))
def test_it_finds_too_little_data(task: str, tmp_path: Path) -> None:
    """Thirty rows, a fifth of them without a text, and a class of three."""
    rows = [
        {
            "a": None if n % 5 == 0 else f"text {n}",
            "a2": "",
            "b": f"item {n}",
            "y": "rare" if n < 3 else "often",
            "g": f"g{n}",
            "t": str(n),
            "i": str(n),
            "k": "k",
        }
        for n in range(30)
    ]
    file = tmp_path / "rows.parquet"
    pl.DataFrame(rows).select(parse_plan_columns(task)).write_parquet(file)
    now = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
    request = ValidationRequest(data=file, standard=load(made(task)), now=now, platform_key=b"k" * 32)
    failed = {rule["kind"] for rule in validate(request).to_json()["rules"] if rule["verdict"] != "passed"}
    rare = {"min_per_value"} if TASKS[task].loss == "to_classes" else set()
    assert failed == {"row_count", "completeness"} | rare


def test_page_and_api_give_it_and_draft_it(company: Company, client: Client) -> None:
    client.force_login(company.people.dave)
    plan = company.plan
    answer = client.get(f"/api/v1/training-plans/{plan.uid}/contract")
    assert answer.status_code == 200
    file = client.get(reverse("modeling:plan_contract", args=[plan.uid]))
    assert file.content == answer.content == contract_of(parse_plan(plan.document), plan.name)
    page = client.get(plan.get_absolute_url()).content.decode()
    assert reverse("modeling:plan_contract", args=[plan.uid]) in page
    address = reverse("modeling:plan_contract_draft", args=[plan.uid])
    client.force_login(company.people.carol)
    assert client.post(address).status_code == 302
    draft = StandardVersion.objects.get()
    assert draft.standard.name == f"data-{slug(plan.name)}"
    assert client.post(address, follow=True).status_code == 200  # the number is taken: told, nothing lost
    assert StandardVersion.objects.count() == 1
    TrainingPlan.objects.update(document="{}")
    assert client.get(reverse("modeling:plan_contract", args=[plan.uid])).status_code == 404
    assert client.get(f"/api/v1/training-plans/{plan.uid}/contract").status_code == 403
