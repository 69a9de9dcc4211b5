"""Celery, queue `gpu`: carries out what an action accepted. Ids in, one service call, no rules."""

from __future__ import annotations

import logging
import os
import socket
from functools import partial

from celery import shared_task
from django.db import InterfaceError, OperationalError

from governance import jobs
from governance.choices import JobState
from governance.outbox import wake_on_commit
from modeling.models import TrainingRun
from modeling.services import execution, runs

log = logging.getLogger(__name__)


@shared_task(name="modeling.tasks.run_execute", ignore_result=True)
def run_execute(uid: str) -> str:
    """Claim a queued run and carry it out; a duplicate message claims nothing and stops."""
    run = jobs.claim(TrainingRun, uid, worker=f"{socket.gethostname()}:{os.getpid()}"[:120])
    if run is None:
        return "not claimed"
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
