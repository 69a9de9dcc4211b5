"""What the pages of runs and models show, read in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet
from django.utils import timezone

from catalog import selectors as catalog
from catalog.models import DatasetVersion
from governance import permits
from governance.models import Permit, User
from modeling.models import (
    AlertFiring,
    Evaluation,
    LogLine,
    MetricAlert,
    ModelVersion,
    RunInput,
    TrackedTag,
    TrainingPlan,
    TrainingRun,
)
from modeling.training.config import parse_plan
from modeling.training.failures import Refused
from modeling.training.tasks import TASKS

MAIN = "fine_tuned"
MOST_LOG_LINES = 200
MOST_KIN = 7


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
class ScoreLine:
    """One model on one metric; gain is ours minus it. `scale` is common to the rows of the metric."""

    row: Evaluation
    ours: bool
    scale: float


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


def tagged(text: str) -> QuerySet[TrackedTag]:
    """Tags as a filter of runs names them: `key`, or `key=value`."""
    key, equals, value = text.partition("=")
    rows = TrackedTag.objects.filter(run=OuterRef("pk"), key=key.strip())
    return rows.filter(value=value.strip()) if equals else rows


def alerts_of(user: User, run: TrainingRun) -> list[tuple[MetricAlert, AlertFiring | None]]:
    """The reader's own rules about a run or its plan, each with what it told of this run."""
    rules = list(MetricAlert.objects.visible_to(user).filter(Q(run=run) | Q(plan_id=run.plan_id)))
    told = {firing.alert_id: firing for firing in AlertFiring.objects.filter(run=run, alert__in=rules)}
    return [(rule, told.get(rule.pk)) for rule in rules]


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
