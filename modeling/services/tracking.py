"""Writing a run that is trained outside: its beginning under named permits, what its client logs, its end.

What a client logs is progress and writes no ledger row; beginning, end and tags set by a person do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import jobs, ledger
from governance.choices import JobState
from governance.models import User
from modeling.admission import admit
from modeling.exceptions import ParamFixed, RunFull, RunOver
from modeling.inputs import InputSpec
from modeling.logged import Logged
from modeling.models import (
    MetricPoint,
    RunInput,
    TrackedGap,
    TrackedParam,
    TrackedTag,
    TrainingPlan,
    TrainingRun,
)
from modeling.services import alerts, runs, series

MOST_POINTS = 1_000_000
MOST_PARAMS = MOST_TAGS = 2000
AT_ONCE = 50


@transaction.atomic
def run_begin(
    *,
    actor: User,
    plan: TrainingPlan,
    name: str,
    inputs: Sequence[tuple[InputSpec, str]],
    cpu_seconds: int,
    tags: Mapping[str, str],
) -> TrainingRun:
    """A running run of a client, under the permit named for each input, drawn on like any other run's.

    Raises PermitRefused subclasses, GateNotOpen, PlanChanged; nothing is written then.
    """
    run = runs.run_create(
        actor=actor,
        plan=plan,
        name=name,
        inputs=[spec for spec, _permit in inputs],
        cpu_seconds=cpu_seconds,
        external=True,
    )
    for spec, permit_uid in inputs:
        RunInput.objects.filter(run=run, role=spec.role).update(permit_uid=permit_uid)
    admission = admit(run, reserved=True)
    runs.run_admit(run=run, permits_by_input=admission.by_input)
    runs.budget_reserve(run=run, uses=admission.uses, permits_by_input=admission.by_input)
    jobs.move(run, JobState.RUNNING)
    now = timezone.now()
    TrainingRun.objects.filter(pk=run.pk).update(started_at=now, heartbeat_at=now)
    _tags(run, tags)
    run.refresh_from_db()
    return run


@transaction.atomic
def run_log(*, run: TrainingRun, logged: Logged) -> None:
    """Store one delivery, all of it or nothing. Raises RunFull, RunOver, ParamFixed."""
    _take_room(run, len(logged.points) + len(logged.gaps))
    if logged.points or logged.gaps:
        _points(run, logged)
    if logged.params:
        _params(run, logged.params)
    if logged.tags:
        _tags(run, logged.tags)


def _take_room(run: TrainingRun, count: int) -> None:
    """Count points before they are stored, and note the sign of life, in one statement."""
    running = TrainingRun.objects.filter(pk=run.pk, external=True, state=JobState.RUNNING)
    if running.filter(progress_done__lte=MOST_POINTS - count).update(
        progress_done=F("progress_done") + count, heartbeat_at=timezone.now()
    ):
        return
    if running.exists():
        raise RunFull(limit=MOST_POINTS, what=_("metric points"))
    raise RunOver


def _points(run: TrainingRun, logged: Logged) -> None:
    """A value logged again at a step replaces the one before, whether either was a finite number or not."""
    runs.points_record(run=run, points=logged.points)
    if logged.gaps:
        if _forget(MetricPoint, run, [(gap.metric, gap.step) for gap in logged.gaps]):
            series.series_doubt(run, [gap.metric for gap in logged.gaps])
        rows = {(g.metric, g.step): TrackedGap(run=run, metric=g.metric, step=g.step, kind=g.kind, at=g.at)
                for g in logged.gaps}  # fmt: skip
        TrackedGap.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["run", "metric", "step"],
            update_fields=["kind", "at"],
            batch_size=100,
        )
        alerts.gaps_judge(run, logged.gaps)
    if logged.points and TrackedGap.objects.filter(run=run).exists():
        _forget(TrackedGap, run, [(point.metric, point.step) for point in logged.points])


def _forget(
    model: type[MetricPoint] | type[TrackedGap], run: TrainingRun, places: Sequence[tuple[str, int]]
) -> int:
    gone = 0
    for start in range(0, len(places), AT_ONCE):
        wanted = Q()
        for metric, step in places[start : start + AT_ONCE]:
            wanted |= Q(metric=metric, step=step)
        gone += model._default_manager.filter(wanted, run=run).delete()[0]
    return gone


def _params(run: TrainingRun, params: Mapping[str, str]) -> None:
    """Insert what is new; the same value again is no change. Raises ParamFixed, RunFull."""
    rows = [TrackedParam(run=run, key=key, value=value) for key, value in params.items()]
    TrackedParam.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)
    stored = dict(TrackedParam.objects.filter(run=run).values_list("key", "value"))
    for key, value in params.items():
        if stored[key] != value:
            raise ParamFixed(key=key)
    if len(stored) > MOST_PARAMS:
        raise RunFull(limit=MOST_PARAMS, what=_("parameters"))


def _tags(run: TrainingRun, tags: Mapping[str, str]) -> None:
    rows = [TrackedTag(run=run, key=key, value=value) for key, value in tags.items()]
    TrackedTag.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["run", "key"],
        update_fields=["value"],
        batch_size=100,
    )
    if TrackedTag.objects.filter(run=run).count() > MOST_TAGS:
        raise RunFull(limit=MOST_TAGS, what=_("tags"))


@transaction.atomic
def run_tag(*, actor: User, run: TrainingRun, tags: Mapping[str, str], gone: Sequence[str] = ()) -> None:
    """Set and remove tags of any run, as a person's act."""
    _tags(run, tags)
    TrackedTag.objects.filter(run=run, key__in=gone).delete()
    data = {"set": sorted(tags), "removed": sorted(gone)}
    ledger.append(type="run.tagged", actor=actor, subject=runs.subject_of(run), data=data)


@transaction.atomic
def run_rename(*, actor: User, run: TrainingRun, name: str) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(name=name)
    run.name = name
    ledger.append(type="run.renamed", actor=actor, subject=runs.subject_of(run), data={"name": name})


@transaction.atomic
def run_stop(*, run: TrainingRun, state: str, reason: str = "") -> bool:
    """End a run of a client; what it cost is the time between its beginning and its end."""
    run.cpu_seconds_used = _lasted(run)
    TrainingRun.objects.filter(pk=run.pk, state=JobState.RUNNING).update(
        cpu_seconds_used=run.cpu_seconds_used
    )
    return runs.run_end(run=run, state=state, reason=reason)


def _lasted(run: TrainingRun) -> float:
    if run.started_at is None:
        return 0.0
    return round((timezone.now() - run.started_at).total_seconds(), 2)


@transaction.atomic
def model_read(*, actor: User, run: TrainingRun, path: str) -> None:
    """Note that a file of a model left the house, before its bytes do."""
    ledger.append(type="model.read", actor=actor, subject=runs.subject_of(run), data={"file": path})
