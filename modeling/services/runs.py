"""Writing runs: asking, waking, series, ending. Progress writes no ledger rows; beginnings and ends do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance import jobs, ledger, outbox, permits
from governance.choices import JobState, PermitUseKind
from governance.models import PermitUse, User
from governance.subject_ref import SubjectRef
from modeling.choices import Priority
from modeling.inputs import InputSpec as InputSpec
from modeling.models import LogLine, MetricPoint, RunInput, TrainingPlan, TrainingRun
from modeling.sealing import input_lines
from modeling.services import alerts, series
from modeling.supervision.lines import Line, Point


def subject_of(run: TrainingRun) -> SubjectRef:
    return SubjectRef("training_run", run.uid, run.plan_digest)


@transaction.atomic
def run_create(
    *,
    actor: User,
    plan: TrainingPlan,
    name: str,
    inputs: Sequence[InputSpec],
    cpu_seconds: int,
    device_seconds: int = 0,
    external: bool = False,
    priority: int = Priority.NORMAL,
) -> TrainingRun:
    """Write a waiting run with its inputs. `external`: its client trains, no worker ever takes it."""
    run = TrainingRun.objects.create(
        plan=plan,
        plan_digest=plan.digest,
        name=name,
        state=JobState.WAITING,
        reason="not_asked",
        cpu_seconds_asked=cpu_seconds,
        device_seconds_asked=device_seconds,
        requested_by=actor,
        external=external,
        priority=priority,
    )
    rows = [
        RunInput(
            run=run,
            role=spec.role,
            version=spec.version,
            digest=spec.version.digest,
            where_column=spec.where[0] if spec.where else "",
            where_equals=spec.where[1] if spec.where else "",
        )
        for spec in inputs
    ]
    RunInput.objects.bulk_create(rows)
    data = {
        "plan": plan.uid,
        "inputs": input_lines(rows),
        "cpu_seconds": cpu_seconds,
        **({"device_seconds": device_seconds} if device_seconds else {}),
        **({"external": True} if external else {}),
        **({"priority": int(priority)} if priority != Priority.NORMAL else {}),
    }
    ledger.append(type="run.requested", actor=actor, subject=subject_of(run), data=data)
    return run


@transaction.atomic
def run_admit(*, run: TrainingRun, permits_by_input: Mapping[int, str], holder: str = "") -> bool:
    """waiting → queued under named permits; False if somebody was faster. `holder`: whose share it takes."""
    if not jobs.move(run, JobState.QUEUED):
        return False
    TrainingRun.objects.filter(pk=run.pk).update(holder=holder)
    permits_bind(run=run, permits_by_input=permits_by_input)
    data = {"permits": sorted(set(permits_by_input.values()))}
    ledger.append(type="run.admitted", actor=run.requested_by, subject=subject_of(run), data=data)
    return True


@transaction.atomic
def run_prioritise(*, actor: User, run: TrainingRun, priority: int) -> bool:
    """Another priority for a run that has not begun; False where it has."""
    early = TrainingRun.objects.filter(pk=run.pk, state__in=[JobState.WAITING, JobState.QUEUED])
    if not early.update(priority=priority):
        return False
    ledger.append(
        type="run.prioritised", actor=actor, subject=subject_of(run), data={"priority": int(priority)}
    )
    return True


def permits_bind(*, run: TrainingRun, permits_by_input: Mapping[int, str]) -> None:
    """Write which permit lets which input be read: what is found again when the permit ends."""
    for input_id, permit_uid in permits_by_input.items():
        RunInput.objects.filter(pk=input_id, run=run).update(permit_uid=permit_uid)


def run_keep_waiting(*, run: TrainingRun, reason: str, detail: Mapping[str, Any]) -> None:
    """Say why a waiting run waits; a reason is no governance event and writes no ledger row."""
    TrainingRun.objects.filter(pk=run.pk, state=JobState.WAITING).update(
        reason=reason, reason_detail=dict(detail)
    )


@transaction.atomic
def budget_reserve(
    *, run: TrainingRun, uses: Mapping[str, permits.Use], permits_by_input: Mapping[int, str]
) -> None:
    """Take one run from each permit's budget, once however often the run is attempted.

    Raises PermitRefused subclasses; nothing is taken then.
    """
    for permit_uid in sorted(uses):
        permits.reserve(uses[permit_uid], permit_uid=permit_uid, job_id=run.uid)
    permits_bind(run=run, permits_by_input=permits_by_input)


def cost_note(*, run: TrainingRun, cpu_seconds: float, device_seconds: float) -> None:
    """Store what all attempts cost so far, as the attempt that holds the run; a killed worker loses 2 s of
    it.
    """
    held = TrainingRun.objects.filter(pk=run.pk, state=JobState.RUNNING, attempt=run.attempt)
    run.cpu_seconds_used, run.device_seconds_used = round(cpu_seconds, 2), round(device_seconds, 2)
    held.update(cpu_seconds_used=run.cpu_seconds_used, device_seconds_used=run.device_seconds_used)


@transaction.atomic
def run_end(
    *,
    run: TrainingRun,
    state: str,
    reason: str = "",
    detail: dict[str, Any] | None = None,
    job_kind: str = "",
) -> bool:
    """End the attempt that holds the run, settle its permits, wake who waits for it. False if it lost the
    run.
    """
    if not jobs.move(run, state, reason=reason, detail=detail):
        return False
    _closed(run, job_kind)
    return True


@transaction.atomic
def run_cancel(*, actor: User, run: TrainingRun) -> bool:
    """Ask a run to stop; one not yet running ends at once, and one outside, whose trainer nobody here can
    ask: its client is refused from now on. False where nothing was left to ask.
    """
    asked = jobs.request_cancel(run)
    if asked:
        ledger.append(type="run.cancel_asked", actor=actor, subject=subject_of(run))
        run.refresh_from_db()
        ended_here = run.external and jobs.move(run, JobState.CANCELLED, reason="cancelled")
        if run.is_over or ended_here:
            _closed(run)
    return asked


@transaction.atomic
def run_reap(*, run: TrainingRun) -> str:
    """Requeue a run whose worker died, or end it where it was asked to stop. Returns the state it is in
    then.
    """
    stuck = TrainingRun.objects.filter(
        pk=run.pk, state=JobState.QUEUED, cancel_requested_at__isnull=False
    ).update(state=JobState.CANCELLED, finished_at=timezone.now(), reason="cancelled")
    requeued = not stuck and jobs.requeue(TrainingRun, run.uid)
    was_over = run.is_over
    run.refresh_from_db()
    if not requeued and run.is_over and not was_over:
        _closed(run)
    return run.state


def _closed(run: TrainingRun, job_kind: str = "") -> None:
    """What follows every end: cost settled on the permits that were drawn on, event, ledger row."""
    drawn = PermitUse.objects.filter(job_id=run.uid, kind=PermitUseKind.RESERVED).select_related("permit")
    for use in drawn.order_by("permit__uid"):
        if use.permit is not None:
            permits.settle(
                permit_uid=use.permit.uid,
                job_id=run.uid,
                actor=run.requested_by,
                job_kind=job_kind or use.job_kind,
                cpu_seconds=run.cpu_seconds_used,
                device_seconds=run.device_seconds_used,
            )
    series.series_recount(run=run)
    alerts.end_judge(run)
    outbox.emit("run.finished", subject_of(run))
    data = {
        "state": str(run.state),
        "attempt": run.attempt,
        "reason": run.reason,
        "cpu_seconds": round(run.cpu_seconds_used),
        **({"device_seconds": round(run.device_seconds_used)} if run.device_id else {}),
    }
    ledger.append(
        type="run.ended",
        actor=None,
        subject=subject_of(run),
        data=data,
        accepted=run.state == JobState.SUCCEEDED,
        code=run.reason,
    )


@transaction.atomic
def run_note(*, actor: User, run: TrainingRun, notes: str) -> None:
    """Replace the notes of a run."""
    TrainingRun.objects.filter(pk=run.pk).update(notes=notes)
    ledger.append(type="run.noted", actor=actor, subject=subject_of(run), data={"length": len(notes)})


@transaction.atomic
def points_record(*, run: TrainingRun, points: Iterable[Point]) -> int:
    """Upsert metric points, unique by (run, metric, step): a resumed run writes the same values again.
    Figures of each series and rules that wait for a value follow in the same transaction."""
    rows = {
        (p.metric, p.step): MetricPoint(
            run=run, metric=p.metric, step=p.step, value=p.value, epoch=p.epoch, at=p.at
        )
        for p in points
    }
    MetricPoint.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["run", "metric", "step"],
        update_fields=["value", "epoch"],
        batch_size=100,
    )
    if rows:
        series.series_note(run, rows.values())
        alerts.points_judge(run, rows.values())
    return len(rows)


def log_record(*, run: TrainingRun, lines: Sequence[Line], first: int) -> int:
    """Insert log lines by number; a line already stored stays as it is."""
    rows = [
        LogLine(
            run=run,
            number=first + offset,
            at=line.at,
            level=line.level,
            code=line.code,
            facts=dict(line.facts),
        )
        for offset, line in enumerate(lines)
    ]
    LogLine.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)
    return len(rows)
