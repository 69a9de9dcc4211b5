"""``python -m modeling.training.child``: one job on standard input, one result folder, one exit status.

Status 0 done, 3 refused before any data was read, 4 ended early with a checkpoint (cancelled, CPU time spent,
permit at its end), 5 failed for a known reason, 1 failed unexpectedly. Except for 0, ``failure.json`` in the
output folder and the last line of standard error say why, in both languages. The same job started again
resumes at its newest checkpoint.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from modeling.training.crew import hired
from modeling.training.failures import Cancelled, Refused, TrainingStopped
from modeling.training.grant import open_parts
from modeling.training.job import Job, parse_job
from modeling.training.spool import Silence, Spool, write_json

DONE: Final = 0
UNEXPECTED: Final = 1
REFUSED: Final = 3
CANCELLED: Final = 4
FAILED: Final = 5
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4


class StopFlag:
    """Why a run must end now: a signal, the CPU time it was given, or the end of its permit. ``others``: the
    CPU-seconds of its other processes."""

    def __init__(self) -> None:
        self.asked = False
        self.cpu_seconds: float | None = None
        self.valid_until: datetime | None = None
        self.others: Callable[[], float] = float

    def listen(self) -> None:
        """Take over the two signals; the loop looks between steps."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def __call__(self, step: int) -> TrainingStopped | None:
        """Asked after ``step`` finished steps; what to raise, or None."""
        if self.asked:
            return Cancelled("run.cancelled", step=step)
        spent = time.process_time() + self.others()
        if self.cpu_seconds is not None and spent > self.cpu_seconds:
            return TrainingStopped("grant.budget_spent", seconds=round(spent))
        if self.valid_until is not None and datetime.now(UTC) >= self.valid_until:
            return TrainingStopped("grant.expired", at=self.valid_until.isoformat())
        return None

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True


def main() -> int:
    """Read, verify, run, report. Returns the exit status."""
    stop = StopFlag()
    stop.listen()
    output: Path | None = None
    try:
        text = sys.stdin.buffer.read()
        job = parse_job(text)
        output = None if job.rank else job.output
        _bind_to_parent(job.parent)
        stop.cpu_seconds = job.cpu_seconds
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
            (output / "failure.json").unlink(missing_ok=True)
        _carry_out(job, stop, text)
    except TrainingStopped as error:
        return _told(output, error, _status(error))
    except Exception as error:  # noqa: BLE001 whatever it is, the supervisor is told
        traceback.print_exc()
        return _told(output, TrainingStopped("run.unexpected", detail=type(error).__name__), UNEXPECTED)
    return DONE


def _carry_out(job: Job, stop: StopFlag, text: bytes) -> None:
    # The gate comes first and loads no torch: a refused job costs well under a second.
    from modeling.training.stored import stored_digest

    opened = open_parts(job, datetime.now(UTC), stored_digest)
    stop.valid_until = min(part.valid_until for part in opened.values())
    log = job.output / "log.jsonl"
    spool = Silence() if job.rank else Spool(job.spool, log, lambda: datetime.now(UTC))
    spool.note("grant.verified", permits=sorted({part.permit for part in opened.values()}))
    if job.device != "cpu":  # read when the card is first used; the same bits need it
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    from modeling.training.run import run  # torch loads here, and nowhere before

    with hired(job, text, lambda reason: os._exit(_told(job.output, reason, FAILED))) as crew:
        stop.others = crew.spent
        run(job, opened, spool, stop if crew.leads else _never, stored_digest, crew)


def _never(step: int) -> None:
    """A process that does not lead goes on until its leader ends it."""


def _bind_to_parent(parent: int | None) -> None:
    """Die with the process that started us, and keep the key out of core dumps and other processes' reach.

    Linux sends the signal when the *thread* that forked us ends; the supervising task waits in that thread.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        raise Refused("job.invalid", detail="the parent process is gone")


def _status(error: TrainingStopped) -> int:
    if isinstance(error, Refused):
        return REFUSED
    return CANCELLED if isinstance(error, Cancelled) or error.code.startswith("grant.") else FAILED


def _told(output: Path | None, error: TrainingStopped, status: int) -> int:
    """Write why to ``failure.json`` and standard error."""
    if output is not None:
        try:
            write_json(output / "failure.json", {**error.as_json(), "status": status})
        except OSError:
            traceback.print_exc()
    print(json.dumps(error.as_json(), ensure_ascii=False), file=sys.stderr, flush=True)  # noqa: T201
    return status


if __name__ == "__main__":
    sys.exit(main())
