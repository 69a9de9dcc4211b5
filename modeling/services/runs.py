"""Writing runs: asking, waking, series, ending. Progress writes no ledger rows; beginnings and ends do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from catalog.models import DatasetVersion
from governance import jobs, ledger, outbox, permits
from governance.choices import JobState
from governance.models import User
from governance.subject_ref import SubjectRef
from modeling.models import LogLine, MetricPoint, RunInput, TrainingPlan, TrainingRun


@dataclass(frozen=True, slots=True)
class InputSpec:
    """A version in a role; `where` keeps the rows whose column equals a value."""

    role: str
    version: DatasetVersion
    where: tuple[str, str] | None = None


def subject_of(run: TrainingRun) -> SubjectRef:
    return SubjectRef("training_run", run.uid, run.plan_digest)


@transaction.atomic
def run_create(
    *, actor: User, plan: TrainingPlan, name: str, inputs: Sequence[InputSpec], cpu_seconds: int
) -> TrainingRun:
    """Write a waiting run with its inputs."""
    run = TrainingRun.objects.create(
        plan=plan,
        plan_digest=plan.digest,
        name=name,
        state=JobState.WAITING,
        reason="not_asked",
        cpu_seconds_asked=cpu_seconds,
        requested_by=actor,
    )
    RunInput.objects.bulk_create(
        RunInput(
            run=run,
            role=spec.role,
            version=spec.version,
            digest=spec.version.digest,
            where_column=spec.where[0] if spec.where else "",
            where_equals=spec.where[1] if spec.where else "",
        )
        for spec in inputs
    )
    data = {
        "plan": plan.uid,
        "inputs": [f"{spec.role} {spec.version.uid} {spec.version.digest}" for spec in inputs],
        "cpu_seconds": cpu_seconds,
    }
    ledger.append(type="run.requested", actor=actor, subject=subject_of(run), data=data)
    return run


@transaction.atomic
def run_admit(*, run: TrainingRun, permits_by_input: Mapping[int, str]) -> bool:
    """waiting → queued under named permits; False if somebody was faster."""
    if not jobs.move(run, JobState.QUEUED):
        return False
    for input_id, permit_uid in permits_by_input.items():
        RunInput.objects.filter(pk=input_id, run=run).update(permit_uid=permit_uid)
    data = {"permits": sorted(set(permits_by_input.values()))}
    ledger.append(type="run.admitted", actor=run.requested_by, subject=subject_of(run), data=data)
    return True


def run_keep_waiting(*, run: TrainingRun, reason: str) -> None:
    """Say why a waiting run waits; a reason is no governance event and writes no ledger row."""
    TrainingRun.objects.filter(pk=run.pk, state=JobState.WAITING).exclude(reason=reason).update(reason=reason)


@transaction.atomic
def budget_reserve(*, run: TrainingRun, uses: Mapping[str, permits.Use]) -> None:
    """Take one run from each permit's budget. Raises PermitRefused subclasses; nothing is taken then."""
    for permit_uid in sorted(uses):
        permits.reserve(uses[permit_uid], permit_uid=permit_uid, job_id=run.uid)


@transaction.atomic
def run_end(
    *,
    run: TrainingRun,
    state: str,
    reason: str = "",
    detail: dict[str, Any] | None = None,
    cpu_seconds: float = 0.0,
) -> bool:
    """End the attempt that holds the run, settle its permits, wake who waits for it. False if it lost the run."""
    if not jobs.move(run, state, reason=reason, detail=detail):
        return False
    TrainingRun.objects.filter(pk=run.pk).update(cpu_seconds_used=cpu_seconds)
    for uid in sorted({i.permit_uid for i in run.inputs.all() if i.permit_uid}):
        permits.settle(
            permit_uid=uid,
            job_id=run.uid,
            actor=run.requested_by,
            job_kind="fine_tune",
            cpu_seconds=cpu_seconds,
        )
    outbox.emit("run.finished", subject_of(run))
    data = {"state": state, "attempt": run.attempt, "reason": reason, "cpu_seconds": round(cpu_seconds)}
    ledger.append(
        type="run.ended", actor=None, subject=subject_of(run), data=data, accepted=state == JobState.SUCCEEDED, code=reason
    )
    return True


@transaction.atomic
def run_cancel(*, actor: User, run: TrainingRun) -> bool:
    """Ask a run to stop; one not yet running ends at once."""
    asked = jobs.request_cancel(run)
    if asked:
        ledger.append(type="run.cancel_asked", actor=actor, subject=subject_of(run))
    return asked


@transaction.atomic
def run_note(*, actor: User, run: TrainingRun, notes: str) -> None:
    """Replace the notes of a run."""
    TrainingRun.objects.filter(pk=run.pk).update(notes=notes)
    ledger.append(type="run.noted", actor=actor, subject=subject_of(run), data={"length": len(notes)})


def points_record(*, run: TrainingRun, points: Iterable[Mapping[str, Any]]) -> int:
    """Upsert metric points, unique by (run, metric, step): a resumed run writes the same values again."""
    rows = {
        (p["metric"], p["step"]): MetricPoint(
            run=run,
            metric=p["metric"],
            step=p["step"],
            value=p["value"],
            epoch=p["epoch"],
            at=dt.datetime.fromisoformat(p["at"]),
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
    return len(rows)


def log_record(*, run: TrainingRun, lines: Sequence[Mapping[str, Any]], first: int) -> int:
    """Insert log lines by number; a line already stored stays as it is."""
    rows = [
        LogLine(
            run=run,
            number=first + offset,
            at=dt.datetime.fromisoformat(line["at"]),
            level=line.get("level", "info"),
            code=line["code"],
            facts={k: str(v) for k, v in line.items() if k not in {"at", "level", "code"}},
        )
        for offset, line in enumerate(lines)
    ]
    LogLine.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)
    return len(rows)
