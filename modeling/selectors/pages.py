"""What the pages of runs and models show, read in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Window
from django.db.models.functions import FirstValue
from django.utils import timezone

from catalog import selectors as catalog
from catalog.models import DatasetVersion
from governance import permits
from governance.models import Permit, User
from modeling.models import (
    Evaluation,
    LogLine,
    MetricPoint,
    ModelVersion,
    RunInput,
    TrainingPlan,
    TrainingRun,
)
from modeling.training.config import parse_plan
from modeling.training.failures import Refused
from modeling.training.tasks import TASKS

MAIN = "fine_tuned"
MOST_DRAWN = 1500
MOST_LOG_LINES = 200
MOST_KIN = 7
MOST_LIVE_POINTS = 5000
LOSS = "train/loss"


@dataclass(frozen=True, slots=True)
class PermitLine:
    """A permit of a run with what is left of it. `permit` is None where its row is gone."""

    uid: str
    permit: Permit | None
    status: str
    authentic: bool
    budget: permits.Budget | None


@dataclass(frozen=True, slots=True)
class InputLine:
    """A version a run reads; `same`: the row still names the bytes the run was asked for."""

    part: RunInput
    same: bool
    gate: catalog.Gate
    seen: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric over steps: x, y, and interval bounds where they are known."""

    x: list[int]
    y: list[float]
    low: list[float | None]
    high: list[float | None]


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One model on one metric; gain is ours minus it. `scale` is common to the rows of the metric."""

    row: Evaluation
    ours: bool
    scale: float


@dataclass(frozen=True, slots=True)
class Live:
    """New points of the page's charts after a cursor, by series key."""

    cursor: int
    points: dict[str, list[list[float | None]]]


def runs_of(user: User) -> QuerySet[TrainingRun]:
    return TrainingRun.objects.visible_to(user).select_related("plan", "requested_by")


def kin_of(user: User, run: TrainingRun) -> list[TrainingRun]:
    """The newest other runs of its task, to compare it with."""
    return list(runs_of(user).filter(plan__task=run.plan.task).exclude(pk=run.pk).order_by("-id")[:MOST_KIN])


def models_of(user: User) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.visible_to(user).select_related("run__plan", "run__requested_by")


def versions_for_runs(user: User) -> QuerySet[DatasetVersion]:
    """Versions a run of this person may name: seen, and of a dataset in use."""
    rows = DatasetVersion.objects.visible_to(user).filter(dataset__archived_at=None)
    return rows.select_related("dataset").order_by("dataset__name", "-number")


def headline_of(plan: TrainingPlan) -> str:
    """The metric shown first; "" for a task nobody knows any more."""
    card = TASKS.get(plan.task)
    return card.headline if card else ""


def inputs_of(user: User, run: TrainingRun) -> list[InputLine]:
    parts = list(run.inputs.select_related("version__dataset"))
    gates = catalog.gates_of([part.version for part in parts])
    ids = [part.version_id for part in parts]
    seen = set(DatasetVersion.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        InputLine(part, part.digest == part.version.digest, gates[part.version.uid], part.version_id in seen)
        for part in parts
    ]


def permits_of(run: TrainingRun) -> list[PermitLine]:
    """The permits the run was let in under, each once."""
    uids = sorted({part.permit_uid for part in run.inputs.all() if part.permit_uid})
    rows = Permit.objects.filter(uid__in=uids).select_related("decision").prefetch_related("events")
    found = {permit.uid: permit for permit in rows}
    return [_permit_line(uid, found.get(uid)) for uid in uids]


def _permit_line(uid: str, permit: Permit | None) -> PermitLine:
    if permit is None:
        return PermitLine(uid, None, "void", False, None)
    return PermitLine(
        uid, permit, permits.status_of(permit), permits.is_authentic(permit), permits.budget_of(permit)
    )


def last_point(run: TrainingRun) -> int:
    """Cursor of the newest point; 0 before the first."""
    return MetricPoint.objects.filter(run=run).order_by("-id").values_list("id", flat=True).first() or 0


def curve(run: TrainingRun, metric: str, *, upto: int) -> Curve:
    """A metric with its bounds, thinned to what a chart can show; the newest point is always in it."""
    (points,) = _extremes([run], MetricPoint.objects.filter(metric=metric, id__lte=upto))
    bounds = MetricPoint.objects.filter(run=run, metric__in=[f"{metric}_low", f"{metric}_high"], id__lte=upto)
    found = {
        (name, step): value
        for name, step, value in bounds.filter(step__in=[x for x, _y in points]).values_list(
            "metric", "step", "value"
        )
    }
    low, high = ([found.get((f"{metric}_{end}", x)) for x, _y in points] for end in ("low", "high"))
    return Curve([x for x, _y in points], [y for _x, y in points], low, high)


def curves(runs: Sequence[TrainingRun], metric: str) -> list[Curve]:
    """One metric of some runs in one query, each thinned so that no spike is lost."""
    found = _extremes(runs, MetricPoint.objects.filter(metric=metric))
    return [Curve([x for x, _y in points], [y for _x, y in points], [], []) for points in found]


def _extremes(runs: Sequence[TrainingRun], rows: QuerySet[MetricPoint]) -> list[list[tuple[int, float]]]:
    """Points of each run by step, at most some 1,500 of the longest: of every stretch of steps the lowest and
    the highest, and the newest of all. The database chooses them, so that a long run stays light here.
    """
    rows = rows.filter(run__in=runs).order_by()
    longest = rows.aggregate(most=Max("step"))["most"] or 0
    rows = rows.annotate(stretch=F("step") / (1 + longest * 2 // (MOST_DRAWN - 2)))
    within = [F("run_id"), F("stretch")]
    chosen = rows.annotate(
        lowest=Window(FirstValue("step"), partition_by=within, order_by=["value", "step"]),
        highest=Window(FirstValue("step"), partition_by=within, order_by=["-value", "step"]),
        newest=Window(Max("step"), partition_by=[F("run_id")]),
    ).filter(Q(step=F("lowest")) | Q(step=F("highest")) | Q(step=F("newest")))
    found: dict[int, list[tuple[int, float]]] = {run.pk: [] for run in runs}
    for run, step, value in chosen.order_by("run_id", "step").values_list("run_id", "step", "value"):
        found[run].append((step, value))
    return [found[run.pk] for run in runs]


def live_points(run: TrainingRun, keys: Sequence[str], after: int) -> Live:
    """New points of some metrics in id order; ask again with `cursor`. A bound that came with its value is
    beside it.

    A value and its bounds are written in one go, value first; the value is sent when its last bound is there.
    """
    rows = list(
        MetricPoint.objects.filter(run=run, id__gt=after)
        .order_by("id")
        .values_list("id", "metric", "step", "value")[:MOST_LIVE_POINTS]
    )
    wanted = {key for key in keys if key == LOSS}
    bounded = {f"{key}_high": key for key in keys if key != LOSS}
    points: dict[str, list[list[float | None]]] = {}
    for _id, metric, step, value in rows:
        if metric in wanted:
            points.setdefault(metric, []).append([step, value])
        elif metric in bounded:
            base = bounded[metric]
            points.setdefault(base, []).append([step, *_bounded(run, base, step), value])
    return Live(rows[-1][0] if rows else after, points)


def _bounded(run: TrainingRun, metric: str, step: int) -> tuple[float | None, float | None]:
    names = [metric, f"{metric}_low"]
    rows = MetricPoint.objects.filter(run=run, step=step, metric__in=names)
    found = dict(rows.values_list("metric", "value"))
    return found.get(metric), found.get(f"{metric}_low")


def score_lines(run: TrainingRun) -> dict[str, list[ScoreLine]]:
    """Scores by metric, the task's first metric first, our model first, then the strongest."""
    rows = list(Evaluation.objects.filter(run=run))
    headline = headline_of(run.plan)
    metrics = sorted({row.metric for row in rows}, key=lambda name: (name != headline, name))
    return {metric: _lines([row for row in rows if row.metric == metric]) for metric in metrics}


def _lines(rows: list[Evaluation]) -> list[ScoreLine]:
    bounds = [abs(f) for row in rows for f in (row.gain_low, row.gain_high) if f is not None]
    ordered = sorted(rows, key=lambda row: (row.model != MAIN, -(row.value or 0.0)))
    return [ScoreLine(row, row.model == MAIN, max(bounds, default=1.0)) for row in ordered]


def log_lines(run: TrainingRun, q: str) -> tuple[list[LogLine], int]:
    """The newest lines that hold the words, oldest of them first, and how many there are in all."""
    rows = LogLine.objects.filter(run=run)
    if q:
        rows = rows.filter(code__icontains=q) | rows.filter(facts__icontains=q)
    return list(rows.order_by("-number")[:MOST_LOG_LINES])[::-1], rows.count()


def plan_parts(plan: TrainingPlan) -> dict[str, Any]:
    """The plan's document as plain data; empty where the stored row is no plan any more."""
    try:
        return parse_plan(plan.document).as_json()
    except Refused:
        return {}


def silent_for(run: TrainingRun) -> dt.timedelta | None:
    """How long nothing was heard of a running run."""
    if run.heartbeat_at is None or run.is_over:
        return None
    return timezone.now() - run.heartbeat_at
