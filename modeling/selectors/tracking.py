"""Runs as a tracking client reads them: last values, histories, parameters, tags; a constant number of
queries however many runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from governance.models import User
from modeling.choices import GapKind
from modeling.models import MetricPoint, TrackedGap, TrainingPlan, TrainingRun
from modeling.tensorboard import Scalar, event_file

LARGEST = 1.7976931348623157e308
LONGEST_VALUE = 6000
AS_VALUE: Mapping[str, float] = {
    GapKind.NAN: float("nan"),
    GapKind.UP: LARGEST,
    GapKind.DOWN: -LARGEST,
}
"""A gap as MLflow stores it: NaN as it is, the infinities as the largest numbers."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a metric; `at` in milliseconds since 1970. NaN where the client logged NaN."""

    metric: str
    step: int
    value: float
    at: int


@dataclass(frozen=True, slots=True)
class Tracked:
    """A run with the last value of every metric, its parameters and its tags."""

    run: TrainingRun
    metrics: list[Value] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def tracked_of(user: User) -> QuerySet[TrainingRun]:
    rows = TrainingRun.objects.visible_to(user).select_related("plan", "requested_by")
    return rows.prefetch_related("inputs__version", "params", "tags")


def tracked(runs: Sequence[TrainingRun]) -> list[Tracked]:
    """Runs as loaded by `tracked_of`, in their order."""
    values: dict[int, dict[str, Value]] = {run.pk: {} for run in runs}
    for row in [*_last(MetricPoint, runs), *_last(TrackedGap, runs)]:
        value, held = _value(row), values[row.run_id]
        if value.metric not in held or held[value.metric].step < value.step:
            held[value.metric] = value
    return [
        Tracked(run, [held[name] for name in sorted(held)], params_of(run), tags_of(run))
        for run, held in ((run, values[run.pk]) for run in runs)
    ]


def _last(
    model: type[MetricPoint] | type[TrackedGap], runs: Sequence[TrainingRun]
) -> Iterable[MetricPoint | TrackedGap]:
    """The row of the highest step per run and metric."""
    rows: QuerySet[Any] = model._default_manager.all()
    later = rows.filter(run=OuterRef("run"), metric=OuterRef("metric"), step__gt=OuterRef("step"))
    return rows.filter(~Exists(later), run__in=[run.pk for run in runs])


def _value(row: MetricPoint | TrackedGap) -> Value:
    value = AS_VALUE[row.kind] if isinstance(row, TrackedGap) else row.value
    return Value(row.metric, row.step, value, int(row.at.timestamp() * 1000))


def history(run: TrainingRun, metric: str, *, offset: int, limit: int) -> list[Value]:
    """Values of one metric by step, from `offset` on; gaps stand in their place."""
    gaps = list(TrackedGap.objects.filter(run=run, metric=metric))
    points = MetricPoint.objects.filter(run=run, metric=metric).order_by("step")
    if not gaps:
        return [_value(row) for row in points[offset : offset + limit]]
    both: list[MetricPoint | TrackedGap] = [*points[: offset + limit], *gaps]
    rows = sorted(both, key=lambda row: row.step)
    return [_value(row) for row in rows[offset : offset + limit]]


def params_of(run: TrainingRun) -> dict[str, str]:
    """What the client logged; of a run inside, the plan it carries out, one name per leaf."""
    if run.external:
        return {row.key: row.value for row in run.params.all()}
    return plan_params(run.plan)


def plan_params(plan: TrainingPlan) -> dict[str, str]:
    found: dict[str, str] = {}
    _flatten("", json.loads(plan.document), found)
    return found


def _flatten(name: str, value: Any, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _flatten(f"{name}.{key}" if name else key, part, found)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        found[name[:250]] = text[:LONGEST_VALUE]


def tags_of(run: TrainingRun) -> dict[str, str]:
    """Stored tags, and what Gavel knows of the run under `gavel.`: never from the client."""
    own = {
        "mlflow.runName": run.name,
        "mlflow.user": run.requested_by.username,
        "gavel.state": run.state,
        "gavel.reason": run.reason,
        "gavel.external": str(run.external).lower(),
        "gavel.purpose": run.plan.purpose,
        "gavel.plan_digest": run.plan_digest,
        "mlflow.note.content": run.notes,
    }
    for part in run.inputs.all():
        suffix = "" if part.role == "train" else f".{part.role}"
        own[f"gavel.permit{suffix}"] = part.permit_uid
        own[f"gavel.data{suffix}"] = part.version.uid
        own[f"gavel.data_digest{suffix}"] = part.digest
    kept = {row.key: row.value for row in run.tags.all()}
    return {key: value for key, value in {**kept, **own}.items() if value}


def scalars_of(run: TrainingRun) -> Iterator[Scalar]:
    """Every value of every metric in the order of its arrival, gaps as NaN or infinite."""
    signs = {GapKind.NAN: float("nan"), GapKind.UP: float("inf"), GapKind.DOWN: float("-inf")}
    for row in MetricPoint.objects.filter(run=run).order_by("id").iterator(2000):
        yield Scalar(row.metric, row.step, row.value, row.at.timestamp())
    for gap in TrackedGap.objects.filter(run=run).order_by("id").iterator(2000):
        yield Scalar(gap.metric, gap.step, signs[GapKind(gap.kind)], gap.at.timestamp())


def event_name(run: TrainingRun) -> str:
    """The name TensorBoard looks for in a folder."""
    return f"events.out.tfevents.{int(_began(run))}.{run.uid}"


def events_of(run: TrainingRun) -> Iterator[bytes]:
    """The run as a TensorBoard event file, block by block."""
    return event_file(_began(run), scalars_of(run))


def _began(run: TrainingRun) -> float:
    return (run.started_at or run.created_at).timestamp()
