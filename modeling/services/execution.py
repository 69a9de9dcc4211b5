"""Carrying out one attempt of a run: look again, reserve, start the child, listen, obey, publish.

Runs inside the Celery worker of queue `gpu`; the child process alone loads torch (house: engines). Every
way to die is covered by rows, not by this process: a killed child is started again at its checkpoint, a
killed
worker's lease ends and the clock puts the run back, a second worker claims nothing, a frozen one finds its
lease gone.
"""

from __future__ import annotations

import errno
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from catalog.paths import version_path
from catalog.services.integrity import version_verify
from governance import jobs, permits
from governance.choices import JobState, PermitStatus
from governance.exceptions import DomainError
from modeling.admission import Admission, accepted_plan, admit, reason_of, use_of
from modeling.models import RunInput, TrainingRun
from modeling.services import publishing, runs
from modeling.services.handover import job_of, run_folder
from modeling.supervision import digests
from modeling.supervision.child import Child, FolderBusy
from modeling.supervision.files import read_object, whole
from modeling.supervision.lines import Line, Point, line_of, point_of
from modeling.supervision.machine import visible
from modeling.supervision.spool import SpoolReader

log = logging.getLogger(__name__)

LISTEN_SECONDS = 2.0
STOP_GRACE_SECONDS = 20.0
BUSY_LOOKS = 5
MOST_ATTEMPTS = 20
MOST_DEATHS_IN_PLACE = 3
DONE, REFUSED, CANCELLED, FAILED = 0, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended: state, stable reason code, and words for the page. `lost`: somebody else holds
    it.
    """

    state: str
    reason: str = ""
    detail: dict[str, Any] | None = None
    lost: bool = False


LOST = Ending("", lost=True)


class AttemptOver(Exception):
    """The attempt ends before its child started."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


@dataclass(slots=True)
class Attempt:
    """A claimed run with its child, what it may use, and how far its spool was copied. Device time is wall
    time from the child's start; `device_limit` in seconds, None where nobody limits it.
    """

    run: TrainingRun
    child: Child
    admission: Admission
    metrics: SpoolReader[Point]
    lines: SpoolReader[Line]
    cost_before: float
    device_before: float
    device_limit: int | None
    began: float = field(default_factory=lambda: time.monotonic())
    stop_at: float | None = field(default=None)


def run_carry_out(*, run: TrainingRun) -> str:
    """Carry out the claimed attempt to its end and return the state it ended in ("" if it lost the run)."""
    before = run.cpu_seconds_used
    try:
        attempt = _begin(run)
    except AttemptOver as over:
        return _finish(run, over.ending)
    try:
        ending = _listen(attempt)
    finally:
        spent = attempt.child.close()
    runs.cost_note(run=run, cpu_seconds=before + spent, device_seconds=_held_seconds(attempt))
    return _finish(run, ending, attempt.admission.job_kind)


def _begin(run: TrainingRun) -> Attempt:
    """Everything before the child: attempts left, plan, gate, permits, bytes, budget. Raises AttemptOver."""
    left = run.cpu_seconds_asked - run.cpu_seconds_used
    if run.attempt > MOST_ATTEMPTS:
        raise AttemptOver(Ending(JobState.FAILED, "too_many_attempts"))
    if left < 1:
        raise AttemptOver(Ending(JobState.FAILED, "grant.budget_spent"))
    try:
        admission = _admitted(run)
        job = job_of(run, admission, cpu_seconds=int(left))
        child = _started(run, job)
    except DomainError as error:
        _note_refusals(run, reason_of(error))
        raise AttemptOver(_refusal(error)) from error
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = "storage_full" if full else "storage_unavailable"
        log.exception("run %s could not start", run.uid)
        raise AttemptOver(Ending(JobState.FAILED, reason)) from error
    folder = run_folder(run)
    metrics = SpoolReader(folder / "metrics.jsonl", point_of)
    lines = SpoolReader(folder / "log.jsonl", line_of)
    limit = run.device_seconds_asked or (run.cpu_seconds_asked if admission.limits_devices else None)
    return Attempt(
        run, child, admission, metrics, lines, run.cpu_seconds_used, run.device_seconds_used, limit
    )


def _held_seconds(attempt: Attempt) -> float:
    """How long all attempts held a device so far."""
    return attempt.device_before + time.monotonic() - attempt.began


def _refusal(error: DomainError) -> Ending:
    detail = {"message": error.text, "advice": error.next_step}
    return Ending(JobState.FAILED, reason_of(error), detail)


def _admitted(run: TrainingRun) -> Admission:
    """The worker's own look before the first byte is read as data: plan, gate, permit, bytes, budget."""
    admission = admit(run, reserved=True)
    for part in run.inputs.select_related("version"):
        _verify_bytes(run, part)
    runs.budget_reserve(run=run, uses=admission.uses, permits_by_input=admission.by_input)
    return admission


def _verify_bytes(run: TrainingRun, part: RunInput) -> None:
    """Hash the version in a process of its own and keep the lease meanwhile. Raises VersionChanged,
    AttemptOver.
    """
    hashing = digests.start(version_path(part.version))
    try:
        while (found := _output(hashing)) is None:
            _beat(run)
    finally:
        hashing.kill()
        hashing.wait()
    if found != part.version.digest:
        version_verify(part.version)  # opens the incident and raises


def _output(process: Any) -> str | None:
    try:
        answer: str = process.communicate(timeout=LISTEN_SECONDS)[0]
    except digests.StillHashing:
        return None
    return answer.strip()


def _beat(run: TrainingRun) -> None:
    """Extend the lease before there is a child to stop. Raises AttemptOver."""
    signal = jobs.heartbeat(run)
    if not signal.held:
        raise AttemptOver(LOST)
    if signal.cancel:
        raise AttemptOver(Ending(JobState.CANCELLED, "cancelled"))


def _started(run: TrainingRun, job: dict[str, Any]) -> Child:
    """The child; where one of an earlier attempt still writes, wait for it a little. Raises AttemptOver,
    OSError.
    """
    for _look in range(BUSY_LOOKS):
        _beat(run)
        try:
            return Child(job, output=run_folder(run), threads=job["threads"], gpu=_gpu(run))
        except FolderBusy:
            time.sleep(LISTEN_SECONDS)
    raise AttemptOver(Ending(JobState.QUEUED, "folder_busy"))


def _gpu(run: TrainingRun) -> str:
    """The one GPU the child may see, or none."""
    return visible(run.device.name) if run.device else ""


def _note_refusals(run: TrainingRun, code: str) -> None:
    """Write the refusal to the permit page of each input; a plan that was changed has no use to note."""
    try:
        plan = accepted_plan(run)
    except DomainError:
        log.warning("refusal of run %s names no use: its plan was changed", run.uid)
        return
    with transaction.atomic():
        for part in run.inputs.select_related("version__dataset"):
            permits.note_refusal(use_of(run, part, plan), code=code, job_id=run.uid)


def _listen(attempt: Attempt) -> Ending:
    """Copy the spool into rows and obey lease, cancel and permits, every two seconds, until the child
    ends.
    """
    behind = False
    while True:
        status = attempt.child.wait(0.05 if behind else LISTEN_SECONDS)
        behind = _copy(attempt)
        ending = _obey(attempt, status is not None)
        if ending is not None:
            attempt.child.kill()
            while _copy(attempt):
                pass
            return ending
        if status is not None and not behind:
            return _ended(attempt, status)


def _copy(attempt: Attempt) -> bool:
    """Copy what is new, a bounded block of each file; True when there is more."""
    points = attempt.metrics.lines()
    if points:
        runs.points_record(run=attempt.run, points=points)
    first = attempt.lines.taken
    fresh = attempt.lines.lines()
    if fresh:
        runs.log_record(run=attempt.run, lines=fresh, first=first)
    return attempt.metrics.more or attempt.lines.more


def _obey(attempt: Attempt, child_ended: bool) -> Ending | None:
    """What must end the attempt now, or None: a lost lease, a permit that no longer holds, patience spent."""
    run = attempt.run
    progress = read_object(run_folder(run) / "progress.json")
    signal = jobs.heartbeat(run, done=whole(progress.get("step")), total=whole(progress.get("total")))
    if not signal.held:
        return LOST
    if not child_ended:
        held = _held_seconds(attempt)
        runs.cost_note(run=run, cpu_seconds=attempt.cost_before + attempt.child.spent(), device_seconds=held)
        if attempt.device_limit is not None and held >= attempt.device_limit:
            return Ending(JobState.FAILED, "device_time_spent")
    for uid in sorted({permit.uid for permit in attempt.admission.granted.values()}):
        status = permits.check(uid)
        if status != PermitStatus.ACTIVE:
            return Ending(JobState.FAILED, f"permit_{status}", {"permit": uid})
    if signal.cancel and not child_ended:
        return _stopping(attempt)
    return None


def _stopping(attempt: Attempt) -> Ending | None:
    """Ask the child once for a checkpoint and its end; kill it when the grace is over."""
    now = time.monotonic()
    if attempt.stop_at is None:
        attempt.stop_at = now + STOP_GRACE_SECONDS
        attempt.child.ask_to_stop()
    return Ending(JobState.CANCELLED, "cancelled") if now >= attempt.stop_at else None


def _ended(attempt: Attempt, status: int) -> Ending:
    """What the child's exit status and files say."""
    folder = run_folder(attempt.run)
    if attempt.stop_at is not None:
        return Ending(JobState.CANCELLED, "cancelled", read_object(folder / "failure.json"))
    if status == DONE:
        return Ending(JobState.SUCCEEDED)
    failure = read_object(folder / "failure.json")
    code = str(failure.get("code", "trainer_died"))[:80]
    if status == CANCELLED and not code.startswith("grant."):
        # A signal that was not ours: the machine is going down. The checkpoint is written; go on later.
        return _died(attempt, status)
    if status in {REFUSED, CANCELLED, FAILED, 1} and failure:
        return Ending(JobState.FAILED, code, failure)
    return _died(attempt, status)


def _died(attempt: Attempt, status: int) -> Ending:
    """Back into the queue, with how often in a row the child died without a step further."""
    step = whole(read_object(run_folder(attempt.run) / "progress.json").get("step")) or 0
    last = attempt.run.reason_detail
    deaths = int(last.get("deaths", 0)) + 1 if last.get("step") == step else 1
    return Ending(JobState.QUEUED, "trainer_died", {"status": status, "step": step, "deaths": deaths})


def _finish(run: TrainingRun, ending: Ending, job_kind: str = "") -> str:
    """Publish a success under a permit that is still live; put a killed child's run back into its queue."""
    if ending.lost:
        return ""
    if ending.state == JobState.QUEUED:
        ending = _again_or_not(run, ending)
    if ending.state == JobState.QUEUED:
        moved = jobs.move(run, JobState.QUEUED, reason=ending.reason, detail=ending.detail)
        return JobState.QUEUED if moved else ""
    if ending.state == JobState.SUCCEEDED:
        return _publish(run, job_kind)
    ended = runs.run_end(
        run=run, state=ending.state, reason=ending.reason, detail=ending.detail, job_kind=job_kind
    )
    return ending.state if ended else ""


def _again_or_not(run: TrainingRun, ending: Ending) -> Ending:
    """A run whose child died goes on, unless it is asked to stop, or dies again and again."""
    if TrainingRun.objects.filter(pk=run.pk, cancel_requested_at__isnull=False).exists():
        return Ending(JobState.CANCELLED, "cancelled", ending.detail)
    deaths = int((ending.detail or {}).get("deaths", 0))
    if run.attempt >= MOST_ATTEMPTS or deaths >= MOST_DEATHS_IN_PLACE:
        return Ending(JobState.FAILED, "too_many_attempts", ending.detail)
    return ending


def _publish(run: TrainingRun, job_kind: str) -> str:
    """Scores, model, card, lineage and the run's end in one transaction, or none of it where the lease is
    gone.
    """
    try:
        found = publishing.finished(run)
    except DomainError as error:
        ending = _refusal(error)
        return ending.state if runs.run_end(run=run, state=ending.state, reason=ending.reason) else ""
    with transaction.atomic():
        refusal = publishing.publish(run, found)
        ending = _refusal(refusal) if refusal else Ending(JobState.SUCCEEDED)
        ended = runs.run_end(
            run=run, state=ending.state, reason=ending.reason, detail=ending.detail, job_kind=job_kind
        )
        if not ended:
            transaction.set_rollback(True)
    return ending.state if ended else ""
