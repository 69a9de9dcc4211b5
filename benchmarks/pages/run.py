"""How long the pages of a very long run and of a hundred runs side by side take the server.

    nice python -m benchmarks.pages.run [--metrics 300] [--steps 10000] [--runs 100] [--repeat 5] [--out FILE]

On SQLite in a folder of its own: one run with so many metrics of so many steps each, and so many runs with a
loss curve and scores. What is measured is the answer of the application in this process, wall and CPU time;
network and painting are not in it, but the page of all metrics holds no curve before a group is opened.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results" / "pages.json"
HOST = "localhost"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def prepared(place: str) -> None:
    """Django on an empty database below a folder."""
    os.environ |= {"GAVEL_VAR": place, "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def made(metrics: int, steps: int, runs: int) -> tuple[Any, str, list[str]]:
    """A person, the uid of the long run, and those of the short ones."""
    from governance.models import User
    from modeling.models import Backbone, TrainingPlan, TrainingRun

    user = User.objects.create_user(username="reader", password=None)
    backbone = Backbone.objects.create(
        name="tiny", kind="hub", place="tiny", licence="MIT", state="checked", digest="sha256:1"
    )
    text = {"left": ["a"], "right": ["b"], "label": "y"}
    plan = {
        "task": "pair_relevance",
        "method": "full",
        "purpose": "p",
        "backbone": {"name": "x"},
        "text": text,
    }
    document = json.dumps(plan)
    found = []
    for number in range(runs + 1):
        row = TrainingPlan.objects.create(
            name=f"plan {number}", task="pair_relevance", method="full", purpose="p", backbone=backbone,
            document=document, digest=f"sha256:{number}", created_by=user,
        )  # fmt: skip
        found.append(
            TrainingRun.objects.create(
                plan=row, plan_digest=row.digest, name=f"run {number}", requested_by=user, state="succeeded"
            )
        )
    for number in range(metrics):
        log(found[0], f"group{number % 12}/metric{number}", steps)
    for run in found[1:]:
        log(run, "train/loss", 500)
        scored(run)
    return user, found[0].uid, [run.uid for run in found[1:]]


def log(run: Any, metric: str, steps: int) -> None:
    """One curve with a spike, and the figures kept beside it."""
    from django.db import transaction

    from modeling.models import MetricPoint
    from modeling.services.series import series_note

    points = [
        MetricPoint(run=run, metric=metric, step=at, value=math.sin(at / 50) + (9.0 if at == 77 else 0.0),
                    epoch=at / steps, at=AT)
        for at in range(1, steps + 1)
    ]  # fmt: skip
    with transaction.atomic():
        MetricPoint.objects.bulk_create(points, batch_size=2000)
        series_note(run, points)


def scored(run: Any) -> None:
    from modeling.models import Evaluation

    names = ("fine_tuned", "zero_shot", "bm25", "tfidf_char")
    Evaluation.objects.bulk_create(
        Evaluation(run=run, metric=metric, model=model, n=500, value=0.8, low=0.78, high=0.82)
        for metric in ("auc", "ap", "f1")
        for model in names
    )


def timed(act: Callable[[], Any], repeat: int) -> dict[str, Any]:
    """Medians; the first answer, which compiles templates, is left out."""
    act()
    wall, cpu = [], []
    for _turn in range(repeat):
        began, spent = time.perf_counter(), time.process_time()
        size = len(act().content)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - spent)
    return {
        "wall_ms": round(1000 * statistics.median(wall), 1),
        "cpu_ms": round(1000 * statistics.median(cpu), 1),
        "wall_ms_all": [round(1000 * one, 1) for one in wall],
        "bytes": size,
    }


def asked(client: Any, long: str, short: list[str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each page with the call that fetches it."""
    from django.urls import reverse

    def page(name: str, *args: str, **query: str) -> Callable[[], Any]:
        def get() -> Any:
            answer = client.get(reverse(f"modeling:{name}", args=args), query, headers={"Host": HOST})
            if answer.status_code != 200:
                raise RuntimeError(f"{name}: {answer.status_code}")
            return answer

        return get

    yield "all metrics of the long run", page("run_metrics", long)
    yield "one curve of it", page("run_series", long, metric="group0/metric0")
    yield "the page of the long run", page("run", long)
    yield "the list of runs", page("runs")
    yield "runs side by side", page("compare", runs=",".join(short))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--metrics", type=int, default=300)
    arguments.add_argument("--steps", type=int, default=10_000)
    arguments.add_argument("--runs", type=int, default=100)
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--out", type=Path, default=RESULTS)
    wanted = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        prepared(place)
        from django.test import Client

        user, long, short = made(wanted.metrics, wanted.steps, wanted.runs)
        client = Client()
        client.force_login(user)
        found = {name: timed(act, wanted.repeat) for name, act in asked(client, long, short)}
    whole = {
        "at": datetime.now(UTC).isoformat(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "metrics": wanted.metrics,
        "steps": wanted.steps,
        "runs": wanted.runs,
        "pages": found,
    }
    wanted.out.parent.mkdir(exist_ok=True)
    wanted.out.write_text(json.dumps(whole, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
