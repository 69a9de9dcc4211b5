"""A company in a database file of its own, driven by processes that may be killed: `python -m … COMMAND`.

prepare BACKBONE  writes the company and asks for two runs, prints their uids
work UID          what the Celery worker does with a message
tick              what the clock does every 30 seconds
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import django

LONG = {"epochs": 12, "save_every": 20}


def prepare(place: Path, backbone: str) -> None:
    from django.core.management import call_command

    from modeling import actions
    from tests.engines.training import tiny
    from tests.modeling.conftest import make_company
    from tests.people import make_people

    call_command("migrate", verbosity=0)
    (place / "backbones").mkdir(exist_ok=True)
    company = make_company(make_people(), place, Path(backbone))
    company.permit_all()
    document = {k: v for k, v in tiny.pair_plan(recipe=LONG).items() if k != "backbone"}
    plan = actions.plan_create(
        actor=company.people.dave, name="long", backbone=company.backbone, document=document
    )
    sys.stdout.write(" ".join(company.ask(plan=plan).uid for _ in range(2)))


def main(command: str, *words: str) -> None:
    django.setup()
    from django.conf import settings

    from catalog import selectors as catalog
    from modeling import clock, tasks
    from modeling.services import execution

    gate: Any = lambda uid, **_: catalog.Gate("open")  # noqa: E731
    catalog.gate_of = gate  # the gate has its own tests
    tasks.run_execute.delay = tasks.run_execute.apply_async = lambda *_args, **_kwargs: None
    execution.LISTEN_SECONDS = 0.1
    match command:
        case "prepare":
            prepare(settings.GAVEL_VAR, words[0])
        case "work":
            sys.stdout.write(tasks.run_execute(words[0]))
        case "tick":
            clock.runs_tick()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    main(*sys.argv[1:])
