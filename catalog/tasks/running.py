"""One way to run every job: claim, let the engine work in a thread, keep the lease, end the job.

The engine is pure and touches no database, so it works in a thread while this one extends the lease and
listens
for a cancel; a long engine step without a callback cannot lose the job to the reaper.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any, TypeVar

from catalog.exceptions import Conflict, DomainError
from catalog.services.jobs import KINDS, job_end
from governance import jobs
from governance.choices import JobState
from governance.models import Job

log = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 5.0
Made = TypeVar("Made")
AnyJob = TypeVar("AnyJob", bound=Job)


class Stopped(Exception):
    """The job was cancelled or its lease lost; raised inside the engine's thread at its next report."""


class Refused(Exception):
    """The engine refuses the input: a stable code, and detail without cell values."""

    def __init__(self, code: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or {}


class Progress:
    """Shared between the two threads: how far the engine is, and whether it should stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self.done: int | None = None
        self.total: int | None = None

    def __call__(self, done: int, total: int) -> None:
        """The engine's callback. Raises Stopped when the job must end."""
        self.done, self.total = done, total
        if self._stop.is_set():
            raise Stopped

    def stop(self) -> None:
        self._stop.set()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()


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
        work(job)
    except Stopped:
        job_end(job=job, state=JobState.CANCELLED, reason="cancelled")
    except Conflict:
        log.info("%s %s: another attempt holds it", KINDS[model.__name__], uid)
    except Refused as error:
        job_end(job=job, state=JobState.FAILED, reason=error.code, detail=error.detail)
    except DomainError as error:
        job_end(job=job, state=JobState.FAILED, reason=error.code)
    except Exception as error:  # noqa: BLE001 - a worker ends every job it claimed with a code
        # The text of an engine's fault may quote cells: only its kind and place are logged.
        log.error("%s %s failed: %s at %s", KINDS[model.__name__], uid, type(error).__name__, place_of(error))
        job_end(job=job, state=JobState.FAILED, reason="internal")
    return True


def place_of(error: BaseException) -> str:
    """File and line of the innermost frame, for the log."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"


def computed(job: Job, engine: Callable[[Progress], Made]) -> Made:
    """Run an engine call in a thread while the lease is kept; its errors are raised here.

    Raises Stopped on cancel or a lost lease, after the thread has ended; what it made is thrown away.
    """
    progress = Progress()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine") as pool:
        future = pool.submit(_call, engine, progress)
        while True:
            try:
                made = future.result(timeout=HEARTBEAT_SECONDS)
                break
            except NotYet:
                if future.done():
                    raise
                _beat(job, progress)
    if progress.stopped:
        raise Stopped
    _final_beat(job)
    return made


def _beat(job: Job, progress: Progress) -> None:
    signal = jobs.heartbeat(job, done=progress.done, total=progress.total)
    if signal.cancel or not signal.held:
        progress.stop()


def _final_beat(job: Job) -> None:
    """A cancel asked for while the engine finished still counts: nothing has been stored yet."""
    signal = jobs.heartbeat(job)
    if signal.cancel or not signal.held:
        raise Stopped


def _call(engine: Callable[[Progress], Made], progress: Progress) -> Made:
    """Translate the engines' own errors, whose classes only a worker knows."""
    from catalog.lake.errors import LakeError
    from governance.validation.errors import EngineError

    try:
        return engine(progress)
    except EngineError as error:
        raise Refused(
            f"ingest:{error.code}" if error.code in INGEST else error.code, detail_of(error)
        ) from error
    except LakeError as error:
        raise Refused(error.code) from error


INGEST = frozenset(
    {"data_unreadable", "empty_file", "bad_encoding", "duplicate_columns", "ragged_rows", "wrong_delimiter"}
)


def detail_of(error: Any) -> dict[str, Any]:
    """The sentences in both languages and the place, as plain JSON; engines name no cell values in them."""
    detail = error.detail
    plain = dict(detail) if isinstance(detail, dict) else ({"at": str(detail)} if detail else {})
    return {"message_en": error.message_en, "message_zh": error.message_zh, **plain}
