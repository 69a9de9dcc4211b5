"""One way to run every job: claim, let the engine work in a process of its own, keep the lease, end the job.

The engine is pure and touches no database. This side extends the lease, listens for a cancel and copies the
progress; it ends the process when the job must end, whatever step the engine is in.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError

from catalog.exceptions import Conflict, DomainError
from catalog.processing.child import Progress, Refused, Stopped, place_of
from catalog.services.jobs import KINDS, job_end
from catalog.tasks.child import Child, Died, Message
from governance import jobs
from governance.choices import JobState
from governance.models import Job

log = logging.getLogger(__name__)
HEARTBEAT_SECONDS: Final = 2.0
LISTEN_SECONDS: Final = 0.5
STOP_GRACE_SECONDS: Final = 3.0
"""How long a stopped engine may tidy up before it is killed."""
MOST_ATTEMPTS: Final = 5
"""A job that took its worker down so often is given up, or it would do so for ever."""
Order = TypeVar("Order")
Made = TypeVar("Made")
AnyJob = TypeVar("AnyJob", bound=Job)


@dataclass(frozen=True, slots=True)
class Step:
    """How far an engine is: parts done of all, the code of the step it is in, seconds since it began."""

    done: int
    total: int
    code: str
    seconds: float


Note = Callable[[Step], None]


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def carry_out(model: type[AnyJob], uid: str, work: Callable[[AnyJob], None]) -> bool:
    """Claim the job and do its work; end it FAILED or CANCELLED with a stable code if that does not succeed.

    Returns False where there was nothing to claim: a duplicate message, or a job that is over.
    """
    job = jobs.claim(model, uid, worker=worker_name())
    if job is None:
        return False
    try:
        if job.attempt > MOST_ATTEMPTS:
            raise Refused("too_many_attempts")
        work(job)
    except Stopped:
        job_end(job=job, state=JobState.CANCELLED, reason="cancelled")
    except Conflict:
        log.info("%s %s: another attempt holds it", KINDS[model.__name__], uid)
    except (OperationalError, InterfaceError):
        # Nothing can be written about it now: the lease ends, and the clock puts the job back.
        log.warning(
            "%s %s lost the database; it goes on when its lease has ended", KINDS[model.__name__], uid
        )
    except Refused as error:
        job_end(job=job, state=JobState.FAILED, reason=error.code, detail=error.detail)
    except DomainError as error:
        job_end(job=job, state=JobState.FAILED, reason=error.code)
    except Exception as error:  # noqa: BLE001 - a worker ends every job it claimed with a code
        # The text of an engine's fault may quote cells: only its kind and place are logged.
        log.error("%s %s failed: %s at %s", KINDS[model.__name__], uid, type(error).__name__, place_of(error))
        job_end(job=job, state=JobState.FAILED, reason="internal")
    return True


def computed(
    job: Job,
    function: Callable[[Order, Progress], Made],
    order: Order,
    *,
    note: Note | None = None,
    bounded: bool = True,
) -> Made:
    """Run an engine call in a process of its own while the lease is kept; its errors are raised here.

    `bounded` is False where the memory is another program's to bound (Spark's).
    `function` is a top-level function of a module without Django; `order` and what it makes are plain data.
    Raises Stopped on cancel or a lost lease, after the process has ended; what it made is thrown away.
    """
    memory = settings.GAVEL_ENGINE_MEMORY if bounded else 0
    child = Child(function, order, label=job.uid, memory=memory)
    try:
        made: Made = _listened(job, child, note)
    finally:
        child.close()
    _final_beat(job)
    return made


def _listened(job: Job, child: Child, note: Note | None) -> Any:
    """Hear the process to its last word, with a heartbeat in between."""
    begin = beat_at = time.monotonic()
    stop_at: float | None = None
    step: Step | None = None
    while True:
        message = _heard(child)
        now = time.monotonic()
        if message is not None and message[0] == "progress":
            _word, done, total, code = message
            step = Step(done, total, code, now - begin)
            if note is not None:
                note(step)
        elif message is not None and message[0] != "ready":
            if stop_at is not None:
                raise Stopped
            return _made(job, message)
        if now >= beat_at:
            beat_at = now + HEARTBEAT_SECONDS
            if stop_at is None and _must_end(job, step):
                child.ask_to_stop()
                stop_at = now + STOP_GRACE_SECONDS
        if stop_at is not None and now >= stop_at:
            raise Stopped


def _heard(child: Child) -> Message | None:
    try:
        return child.message(LISTEN_SECONDS)
    except Died as died:
        return ("refused", died.code, {})


def _made(job: Job, message: Message) -> Any:
    """The result, or the error the last message tells of."""
    word, *parts = message
    if word == "made":
        return parts[0]
    if word == "stopped":
        raise Stopped
    if word == "refused":
        raise Refused(*parts)
    log.error("%s %s failed: %s at %s", KINDS[type(job).__name__], job.uid, *parts)
    raise Refused("internal")


def _must_end(job: Job, step: Step | None) -> bool:
    """Extend the lease with the progress; whether the job is cancelled or no longer ours."""
    known = {} if step is None else {"done": step.done, "total": step.total}
    signal = jobs.heartbeat(job, **known)
    return signal.cancel or not signal.held


def _final_beat(job: Job) -> None:
    """A cancel asked for while the engine finished still counts: nothing has been stored yet."""
    if _must_end(job, None):
        raise Stopped
