from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modeling.training.config import parse_plan, plan_bytes, plan_digest
from modeling.training.failures import Refused
from modeling.training.job import parse_job
from modeling.training.methods import METHODS, load_method
from modeling.training.tasks import TASKS, load_task
from tests.engines.training import tiny


def code_of(plan: object) -> str:
    with pytest.raises(Refused) as caught:
        parse_plan(json.dumps(plan))
    return caught.value.code


def test_a_plan_survives_its_own_canonical_form() -> None:
    plan = parse_plan(tiny.pair_plan())
    assert parse_plan(plan_bytes(plan)) == plan
    assert parse_plan(plan.as_json()) == plan


def test_fractions_may_be_written_as_numbers_or_as_text() -> None:
    text = parse_plan(tiny.pair_plan(recipe={"learning_rate": "5e-05"}))
    number = parse_plan(tiny.pair_plan(recipe={"learning_rate": 0.00005}))
    assert plan_digest(text) == plan_digest(number)


def test_any_change_gives_another_digest() -> None:
    base = plan_digest(parse_plan(tiny.pair_plan()))
    assert plan_digest(parse_plan(tiny.pair_plan(recipe={"seed": 1}))) != base
    assert plan_digest(parse_plan(tiny.pair_plan(purpose="other"))) != base


@pytest.mark.parametrize(
    "plan",
    [
        tiny.pair_plan(surprise=1),
        tiny.pair_plan(recipe={"learnig_rate": 0.1}),
        tiny.pair_plan(evaluation={"draw": 5}),
        tiny.pair_plan(options={"rank": 4}),
    ],
)
def test_unknown_keys_are_refused(plan: dict[str, Any]) -> None:
    assert code_of(plan) == "plan.unknown_key"


@pytest.mark.parametrize(
    "plan",
    [
        [],
        tiny.pair_plan(recipe={"batch_size": 1}),
        tiny.pair_plan(recipe={"batch_size": True}),
        tiny.pair_plan(recipe={"learning_rate": "nan"}),
        tiny.pair_plan(recipe={"learning_rate": 10**400}),
        tiny.pair_plan(recipe={"pooling": "max"}),
        tiny.pair_plan(text={"left": []}),
        tiny.pair_plan(text={"label": ""}),
        tiny.pair_plan(text={"left": "left_title"}),
        tiny.pair_plan(method="lora", options={"rank": 0}),
        tiny.pair_plan(method="lora", options={"rank": 1.5}),
        tiny.pair_plan(method="freeze", options={"layers": 0}),
        tiny.pair_plan(method="prompt", options={"tokens": 100_000}),
        tiny.pair_plan(schema="gavel.training-plan/9"),
        {"task": "pair_relevance", "method": "full"},
    ],
)
def test_a_plan_out_of_bounds_is_refused(plan: object) -> None:
    assert code_of(plan) == "plan.invalid"


def test_unknown_tasks_and_methods_are_refused() -> None:
    assert code_of(tiny.pair_plan(task="mind_reading")) == "plan.unknown_task"
    assert code_of(tiny.pair_plan(method="magic")) == "plan.unknown_method"


def test_a_plan_other_than_the_accepted_one_is_refused(pairs: Path, backbone: Path, tmp_path: Path) -> None:
    plan = tiny.pair_plan()
    good = tiny.make_job(pairs, backbone, tmp_path, plan, plan_digest=plan_digest(parse_plan(plan)))
    assert parse_job(json.dumps(good)).plan == parse_plan(plan)
    good["plan"]["recipe"]["epochs"] = 9
    with pytest.raises(Refused, match=r"plan\.digest_mismatch"):
        parse_job(json.dumps(good))


def test_every_registered_task_and_method_can_be_loaded() -> None:
    for name in TASKS:
        assert hasattr(load_task(name), "build")
    for name in METHODS:
        assert hasattr(load_method(name), "prepare")


def test_plans_grants_and_cards_load_neither_torch_nor_polars() -> None:
    code = (
        "import sys, modeling.training.child, modeling.training.backbones;"
        "assert not {'torch', 'transformers', 'polars', 'numpy', 'django'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
