"""Rules that tell a person of a run: set, removed, and judged where points arrive and by the clock.

What a rule tells is a message and its mark, written in the transaction of what it is about; like other
progress it writes no ledger row. Setting and removing a rule does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from governance import ledger, notices
from governance.choices import JobState
from governance.models import User
from governance.subject_ref import SubjectRef
from modeling.choices import AlertKind
from modeling.logged import Gap
from modeling.models import AlertFiring, MetricAlert, MetricPoint, MetricSeries, TrainingPlan, TrainingRun

NAN_METRICS = ("train/loss", "train/gradient_norm")
"""What a run that ended with ``run.nan_loss`` could not count: the trainer stops before it writes them."""


def _subject(alert: MetricAlert) -> SubjectRef:
    if alert.run is not None:
        return _about(alert.run)
    plan = alert.plan
    return (
        SubjectRef("training_plan", plan.uid, plan.digest) if plan else SubjectRef("metric_alert", alert.uid)
    )


def _about(run: TrainingRun) -> SubjectRef:
    return SubjectRef("training_run", run.uid, run.plan_digest)


@transaction.atomic
def alert_create(
    *,
    owner: User,
    run: TrainingRun | None,
    plan: TrainingPlan | None,
    kind: str,
    metric: str,
    threshold: float | None,
    minutes: int | None,
) -> MetricAlert:
    """Store a rule; one that holds already, by the newest value of its run, tells at once."""
    alert = MetricAlert.objects.create(
        owner=owner, run=run, plan=plan, kind=kind, metric=metric, threshold=threshold, minutes=minutes
    )
    data = {"alert": alert.uid, "kind": str(kind), "metric": metric}
    ledger.append(type="alert.set", actor=owner, subject=_subject(alert), data=data)
    if run is not None and kind in {AlertKind.BELOW, AlertKind.ABOVE}:
        held = MetricSeries.objects.filter(run=run, metric=metric).first()
        if held is not None and held.last is not None and _passes(alert, held.last):
            _tell(alert, run, step=held.last_step, value=held.last)
    return alert


@transaction.atomic
def alert_remove(*, alert: MetricAlert) -> None:
    """Take a rule away with what it told; the messages stay."""
    data = {"alert": alert.uid, "kind": str(alert.kind)}
    ledger.append(type="alert.removed", actor=alert.owner, subject=_subject(alert), data=data)
    alert.delete()


def points_judge(run: TrainingRun, points: Iterable[MetricPoint]) -> None:
    """Judge stored points against rules with a threshold."""
    found = sorted(points, key=lambda point: point.step)
    rules = MetricAlert.objects.over(run).filter(
        kind__in=[AlertKind.BELOW, AlertKind.ABOVE], metric__in={point.metric for point in found}
    )
    for rule in rules:
        hit = next((p for p in found if p.metric == rule.metric and _passes(rule, p.value)), None)
        if hit is not None:
            _tell(rule, run, step=hit.step, value=hit.value)


def _passes(rule: MetricAlert, value: float) -> bool:
    if rule.threshold is None:
        return False
    return value < rule.threshold if rule.kind == AlertKind.BELOW else value > rule.threshold


def gaps_judge(run: TrainingRun, gaps: Sequence[Gap]) -> None:
    """Values that were no finite numbers, as a client logged them."""
    for rule in _broken(run, [gap.metric for gap in gaps]):
        hit = next(gap for gap in gaps if rule.metric in {"", gap.metric})
        _tell(rule, run, step=hit.step, metric=hit.metric)


def _broken(run: TrainingRun, metrics: Iterable[str]) -> QuerySet[MetricAlert]:
    return MetricAlert.objects.over(run).filter(kind=AlertKind.BROKEN, metric__in={"", *metrics})


def end_judge(run: TrainingRun) -> None:
    """The run ended: rules that wait for it, and for a value no number could hold."""
    for rule in MetricAlert.objects.over(run).filter(kind=AlertKind.ENDED):
        _tell(rule, run, code=f"run_alert_{run.state}")
    if run.reason == "run.nan_loss":
        for rule in _broken(run, NAN_METRICS):
            _tell(rule, run, metric=rule.metric or NAN_METRICS[0], step=run.progress_done)


def silence_judge() -> int:
    """Runs nobody heard of for as long as a rule allows; for the clock. Returns how many rules told."""
    now = timezone.now()
    waiting = MetricAlert.objects.filter(
        Q(run=OuterRef("pk")) | Q(plan=OuterRef("plan_id")), kind=AlertKind.SILENT
    )
    quiet = TrainingRun.objects.filter(
        Exists(waiting),
        state__in=[JobState.RUNNING, JobState.QUEUED],  # queued again after its worker was lost
        heartbeat_at__lt=now - dt.timedelta(minutes=1),
    )
    told = 0
    for run in quiet:
        if run.heartbeat_at is None:
            continue
        minutes = int((now - run.heartbeat_at).total_seconds() // 60)
        for rule in MetricAlert.objects.over(run).filter(kind=AlertKind.SILENT, minutes__lte=minutes):
            told += _tell(rule, run, minutes=minutes)
    return told


@transaction.atomic
def _tell(
    rule: MetricAlert,
    run: TrainingRun,
    *,
    code: str = "",
    metric: str = "",
    step: int | None = None,
    value: float | None = None,
    minutes: int | None = None,
) -> bool:
    """Mark and send, once per rule and run; nothing to an owner who may no longer see the run."""
    _firing, fresh = AlertFiring.objects.get_or_create(
        alert=rule, run=run, defaults={"step": step, "value": value}
    )
    if not fresh or not TrainingRun.objects.visible_to(rule.owner).filter(pk=run.pk).exists():
        return False
    facts = {
        "run": run.name,
        "metric": metric or rule.metric,
        "value": "" if value is None else f"{value:.6g}",
        "threshold": "" if rule.threshold is None else f"{rule.threshold:g}",
        "step": step or 0,
        "minutes": minutes or 0,
    }
    notices.send([rule.owner], code or f"run_alert_{rule.kind}", _about(run), **facts)
    return True
