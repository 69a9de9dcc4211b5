"""Celery: carries out what an action accepted. Ids in, one service call, no rules.

Runs go through queue `gpu`; looks at backbones through `quality`, so that none waits behind a run.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from celery import shared_task
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from governance import jobs
from governance.choices import JobState
from governance.models import Job
from governance.outbox import wake_on_commit
from modeling.models import BackboneCheck, BackboneGuide, Device, TrainingRun
from modeling.selectors import devices, queue
from modeling.services import backbones, execution, guides, runs
from modeling.services.desks import DeskRefused, DeskStopped
from modeling.services.devices import devices_report
from modeling.supervision import machine
from modeling.supervision.machine import Found

log = logging.getLogger(__name__)
AnyJob = TypeVar("AnyJob", bound=Job)
MOST_ATTEMPTS = 5
WAKE_SECONDS = 30


@shared_task(name="modeling.tasks.run_execute", ignore_result=True)
def run_execute(uid: str) -> str:
    """Claim the run whose turn it is and carry it out. The message says that one more may begin, not which:
    else the order of messages were the order of runs. A duplicate message claims nothing and stops.
    """
    run = _next(uid)
    return "not claimed" if run is None else _carry_out(run)


def run_exactly(uid: str) -> str:
    """The same for this run alone, whoever stands before it: for a command that brings its own machine."""
    run = _first([uid])
    return "not claimed" if run is None else _carry_out(run)


def devices_announce() -> list[Found]:
    """Tell what this machine trains on, now. A worker of queue `gpu` says so all the time it lives."""
    found = machine.devices(settings.GAVEL_DEVICES)
    devices_report(host=socket.gethostname(), found=found)
    return found


def _next(uid: str) -> TrainingRun | None:
    """The first queued run nobody else takes meanwhile; the named one last, if its worker's lease ended."""
    order = queue.in_order()[: queue.MOST_TRIED]
    return _first(order if uid in order else [*order, uid])


def _first(uids: Sequence[str]) -> TrainingRun | None:
    """The first of the runs that can be claimed, on a device of this machine that is free."""
    names = [one.name for one in devices_announce()]
    for device in devices.free(socket.gethostname(), names):
        for uid in uids:
            run = _claimed(uid, device)
            if run is not None:
                return run
    return None


def _claimed(uid: str, device: Device) -> TrainingRun | None:
    """None where another worker was faster: at the run, or at the device (one run each, by the database)."""
    try:
        with transaction.atomic():
            return jobs.claim(TrainingRun, uid, worker=_worker(), device=device)
    except IntegrityError:
        return None


def _carry_out(run: TrainingRun) -> str:
    """To its end; then the next in line may have the device."""
    try:
        return _carried_out(run)
    finally:
        _wake_next(run.uid)


def _wake_next(ended: str) -> None:
    try:
        waiting = [uid for uid in queue.in_order()[:2] if uid != ended]
    except (OperationalError, InterfaceError):  # the clock sends it when the database is back
        return
    if waiting:
        wake_on_commit(partial(run_execute.apply_async, (waiting[0],), expires=WAKE_SECONDS))


def _carried_out(run: TrainingRun) -> str:
    uid = run.uid
    try:
        state = execution.run_carry_out(run=run)
    except (OperationalError, InterfaceError):
        # The database is away: nothing can be written about it. The lease ends, the clock puts the run back.
        log.exception("run %s lost the database; it goes on when its lease has ended", uid)
        return "released"
    except Exception:
        log.exception("run %s failed unexpectedly", uid)
        runs.run_end(run=run, state=JobState.FAILED, reason="internal")
        return JobState.FAILED
    if state == JobState.QUEUED and run.reason == "trainer_died":
        wake_on_commit(partial(run_execute.delay, uid))
    return state


@shared_task(name="modeling.tasks.backbone_check", ignore_result=True)
def backbone_check(uid: str) -> bool:
    """Look at the files of a backbone; False where there was nothing to claim."""
    return _carried(
        BackboneCheck,
        uid,
        lambda check: backbones.check_carry_out(check=check),
        lambda check, state, code, detail: backbones.check_fail(
            check=check, state=state, code=code, detail=detail
        ),
    )


@shared_task(name="modeling.tasks.guide_measure", ignore_result=True)
def guide_measure(uid: str) -> bool:
    """Measure how the backbones read a version; False where there was nothing to claim."""
    return _carried(
        BackboneGuide,
        uid,
        lambda guide: guides.guide_carry_out(guide=guide),
        lambda guide, state, code, detail: guides.guide_fail(
            guide=guide, state=state, code=code, detail=detail
        ),
    )


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:120]


def _carried(
    model: type[AnyJob],
    uid: str,
    work: Callable[[AnyJob], None],
    fail: Callable[[AnyJob, str, str, dict[str, Any]], bool],
) -> bool:
    """Claim a job of the desk, do its work, and end it with a stable code where that does not succeed."""
    job = jobs.claim(model, uid, worker=_worker())
    if job is None:
        return False
    try:
        if job.attempt > MOST_ATTEMPTS:
            raise DeskRefused("desk_died")
        work(job)
    except DeskStopped:
        fail(job, JobState.CANCELLED, "cancelled", {})
    except DeskRefused as error:
        fail(job, JobState.FAILED, error.code, error.detail)
    except (OperationalError, InterfaceError):
        log.exception("%s %s lost the database; it goes on when its lease has ended", model.__name__, uid)
    except Exception:
        log.exception("%s %s failed unexpectedly", model.__name__, uid)
        fail(job, JobState.FAILED, "internal", {})
    return True
