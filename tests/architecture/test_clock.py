"""The beat table and the apps' clocks name the same ticks, and every task goes to the queue of its room."""

from __future__ import annotations

import inspect
import re

import pytest
from django.conf import settings

from config.beat import TICKS, schedule
from config.celery import app

LONG = {"governance.tasks.ledger_check"}


@pytest.fixture(scope="module", autouse=True)
def _tasks_loaded() -> None:
    app.loader.import_default_modules()
    app.finalize()


def own_tasks() -> dict[str, object]:
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_tick_names_a_task() -> None:
    assert [tick.task for tick in TICKS if tick.task not in app.tasks] == []


def test_every_task_of_a_clock_without_arguments_ticks() -> None:
    ticking = {
        name
        for name, task in own_tasks().items()
        if ".clock." in name and not inspect.signature(task.run).parameters
    }
    assert ticking == {tick.task for tick in TICKS}


def test_a_late_tick_is_dropped_rather_than_queued_up() -> None:
    assert all(entry["options"]["expires"] == entry["schedule"] for entry in schedule().values())


#: Looks at files and texts, seconds long: they do not wait behind a run of hours.
LIGHT = {"modeling.tasks.backbone_check": "quality", "modeling.tasks.guide_measure": "quality"}


@pytest.mark.parametrize(
    ("room", "queue"),
    [("catalog.tasks", "quality"), ("modeling.tasks", "gpu"), ("governance.tasks", "default")],
)
def test_a_task_goes_to_the_queue_of_its_room(room: str, queue: str) -> None:
    own = LONG | set(LIGHT)
    sent = [name for name in own_tasks() if name.startswith(f"{room}.") and name not in own]
    assert {name: app.amqp.router.route({}, name)["queue"].name for name in LIGHT} == LIGHT
    assert {app.amqp.router.route({}, name)["queue"].name for name in sent} <= {queue}
    assert settings.CELERY_TASK_DEFAULT_QUEUE == "default"


def test_long_work_of_governance_is_not_before_the_outbox() -> None:
    assert {app.amqp.router.route({}, name)["queue"].name for name in LONG} == {"quality"}
    assert set(own_tasks()) >= LONG


def test_a_task_is_named_for_its_room_and_kind() -> None:
    wrong = [name for name in own_tasks() if not re.fullmatch(r"[a-z]+\.(tasks|clock)\.[a-z_]+", name)]
    assert wrong == []
