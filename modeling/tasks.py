"""Celery, queue `gpu`: carries out what an action accepted. Ids in, one service call, no rules."""

from __future__ import annotations

import logging
import os
import socket

from celery import shared_task

from governance import jobs
from governance.choices import JobState
from modeling.models import TrainingRun
from modeling.services import execution, runs

log = logging.getLogger(__name__)


@shared_task(name="modeling.tasks.run_execute", ignore_result=True)
def run_execute(uid: str) -> str:
    """Claim a queued run and carry it out; a duplicate message claims nothing and stops."""
    run = jobs.claim(TrainingRun, uid, worker=f"{socket.gethostname()}:{os.getpid()}")
    if run is None:
        return "not claimed"
    try:
        state = execution.run_carry_out(run=run)
    except Exception:
        log.exception("run %s failed unexpectedly", uid)
        runs.run_end(run=run, state=JobState.FAILED, reason="internal")
        return JobState.FAILED
    if state == JobState.QUEUED:
        run_execute.delay(uid)
    return state
