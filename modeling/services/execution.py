"""Carrying out one attempt of a run: look again, reserve, start the child, listen, obey, publish.

Runs inside the Celery worker of queue `gpu`; the child process alone loads torch (house: engines).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.services.integrity import version_verify
from catalog.paths import version_path
from governance import jobs, permits
from governance.choices import JobState, PermitStatus
from governance.exceptions import DomainError
from modeling import cards
from modeling.admission import Admission, admit, use_of
from modeling.choices import BackboneKind
from modeling.models import TrainingRun
from modeling.services import results, runs
from modeling.supervision.child import Child
from modeling.supervision.spool import SpoolReader

log = logging.getLogger(__name__)

LISTEN_SECONDS = 2.0
MOST_ATTEMPTS = 20
DONE, REFUSED, CANCELLED, FAILED = 0, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended: state, stable reason code, and words for the page."""

    state: str
    reason: str = ""
    detail: dict[str, Any] | None = None
    lost: bool = False


def run_folder(run: TrainingRun) -> Path:
    """Where a run keeps checkpoints, spool and result; shared by the workers of one installation."""
    folder: Path = settings.GAVEL_VAR / "runs" / run.uid
    return folder


def run_carry_out(*, run: TrainingRun) -> str:
    """Carry out the claimed attempt to its end and return the state it ended in ("" if it lost the run)."""
    try:
        admission = _admitted(run)
    except DomainError as error:
        detail = {"message": error.text, "advice": error.next_step}
        _note_refusals(run, error.code)
        runs.run_end(run=run, state=JobState.FAILED, reason=error.code, detail=detail)
        return JobState.FAILED
    child = Child(_job(run, admission), output=run_folder(run), threads=settings.GAVEL_TRAINING_THREADS)
    try:
        ending = _listen(run, child, admission)
    finally:
        if child.process.poll() is None:
            child.kill()
        spent = child.close()
    return "" if ending.lost else _finish(run, ending, run.cpu_seconds_used + spent)


def _admitted(run: TrainingRun) -> Admission:
    """The worker's own look before the first byte is read: plan, gate, permit, bytes, budget."""
    admission = admit(run, reserved=True)
    for part in run.inputs.select_related("version"):
        version_verify(part.version)
    runs.budget_reserve(run=run, uses=admission.uses)
    return admission


def _note_refusals(run: TrainingRun, code: str) -> None:
    for part in run.inputs.select_related("version__dataset"):
        try:
            permits.note_refusal(use_of(run, part), code=code, job_id=run.uid)
        except Exception:  # noqa: BLE001 a plan that cannot be parsed has no use to note; the run row says why
            log.warning("refusal of run %s could not be noted on its permit", run.uid)


def _job(run: TrainingRun, admission: Admission) -> dict[str, Any]:
    """The job as the child reads it (modeling/training/job.py)."""
    folder, backbone = run_folder(run), run.plan.backbone
    _key_id, key = permits.signing_key(next(iter(admission.permits.values())).key_id)
    grants = {p.uid: {"grant": permits.grant_of(p), "signature": p.signature} for p in admission.permits.values()}
    return {
        "job": run.uid,
        "job_kind": next(iter(admission.uses.values())).job_kind,
        "plan": json.loads(run.plan.document),
        "plan_digest": run.plan_digest,
        "grants": list(grants.values()),
        "key": key.hex(),
        "data": {part.role: _part(part) for part in run.inputs.select_related("version")},
        "backbone_path": backbone.place if backbone.kind == BackboneKind.FOLDER else None,
        "output": str(folder),
        "spool": str(folder / "metrics.jsonl"),
        "threads": settings.GAVEL_TRAINING_THREADS,
        "cpu_seconds": run.cpu_seconds_asked or None,
    }


def _part(part: Any) -> dict[str, Any]:
    job: dict[str, Any] = {"path": str(version_path(part.version)), "digest": part.version.digest}
    if part.where_column:
        job["where"] = {"column": part.where_column, "equals": part.where_equals}
    return job


def _listen(run: TrainingRun, child: Child, admission: Admission) -> Ending:
    """Copy the spool into rows and obey lease, cancel and permits, every two seconds, until the child ends."""
    folder = run_folder(run)
    metrics, lines = SpoolReader(folder / "metrics.jsonl"), SpoolReader(folder / "log.jsonl")
    uids = sorted({permit.uid for permit in admission.permits.values()})
    while True:
        status = child.wait(LISTEN_SECONDS)
        _copy(run, metrics, lines)
        if status is not None:
            return _ended(run, status)
        ending = _obey(run, child, uids)
        if ending is not None:
            _copy(run, metrics, lines)
            return ending


def _copy(run: TrainingRun, metrics: SpoolReader, lines: SpoolReader) -> None:
    points = metrics.lines()
    if points:
        runs.points_record(run=run, points=points)
    first = lines.taken
    fresh = lines.lines()
    if fresh:
        runs.log_record(run=run, lines=fresh, first=first)


def _obey(run: TrainingRun, child: Child, permit_uids: list[str]) -> Ending | None:
    signal = jobs.heartbeat(run)
    if not signal.held:
        child.kill()
        return Ending("", lost=True)
    for uid in permit_uids:
        status = permits.check(uid)
        if status != PermitStatus.ACTIVE:
            child.kill()
            return Ending(JobState.FAILED, f"permit_{status}", {"permit": uid})
    if signal.cancel:
        child.stop()
        return Ending(JobState.CANCELLED, "cancelled")
    return None


def _ended(run: TrainingRun, status: int) -> Ending:
    """What the child's exit status and files say."""
    folder = run_folder(run)
    if status == DONE and (folder / "result.json").is_file():
        return Ending(JobState.SUCCEEDED)
    failure = _read(folder / "failure.json")
    code = str(failure.get("code", "trainer_died"))
    if status == CANCELLED:
        return Ending(JobState.CANCELLED, code, failure)
    if status in {REFUSED, FAILED} or status == 1:
        return Ending(JobState.FAILED, code, failure)
    return Ending(JobState.QUEUED, "trainer_died", {"status": status})


def _read(path: Path) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value


def _finish(run: TrainingRun, ending: Ending, spent: float) -> str:
    """Publish a success under a permit that is still live; put a killed child's run back into its queue."""
    if ending.state == JobState.QUEUED and run.attempt >= MOST_ATTEMPTS:
        ending = Ending(JobState.FAILED, ending.reason, ending.detail)
    if ending.state == JobState.QUEUED:
        TrainingRun.objects.filter(pk=run.pk).update(cpu_seconds_used=spent)
        jobs.move(run, JobState.QUEUED, reason=ending.reason, detail=ending.detail)
        return JobState.QUEUED
    if ending.state == JobState.SUCCEEDED:
        ending = _publish(run)
    runs.run_end(
        run=run, state=ending.state, reason=ending.reason, detail=ending.detail, cpu_seconds=round(spent, 2)
    )
    return ending.state


def _publish(run: TrainingRun) -> Ending:
    """Ask once more, then store scores, model, card and lineage."""
    try:
        admit(run, reserved=True)
    except DomainError as error:
        return Ending(JobState.FAILED, error.code, {"message": error.text})
    result = _read(run_folder(run) / "result.json")
    TrainingRun.objects.filter(pk=run.pk).update(result=result)
    run.result = result
    results.evaluation_record(run=run, report=result["evaluation"])
    results.model_register(
        run=run,
        name=run.plan.name,
        digest=result["reproduce"]["model_digest"],
        weights_sha256=result["reproduce"]["weights_sha256"],
        level=max(part.version.dataset.level for part in run.inputs.select_related("version__dataset")),
        cards=cards.cards_of(run, result),
    )
    return Ending(JobState.SUCCEEDED)
