"""The processes of one run: the child that was given the job leads, and starts the others itself.

They are children of the leader, one for each further share of a batch: each gets the same job through a pipe
of its own, so the key is neither in an argument, the environment nor on disk, and each verifies the
permits before it reads a byte. (``torchrun`` starts its processes before anything was verified, with no
pipe for each.) They write nothing; whatever the leader decides, they learn by being ended. Linux ends
them with their leader. One that ends before its work is done ends the run. Loads no torch.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from modeling.training.failures import TrainingStopped
from modeling.training.job import Job

#: Seconds the leader has to notice by itself that a process is gone; then it is ended.
GRACE: Final = 20.0
_LOOK: Final = 0.25


@dataclass
class Crew:
    """``size`` processes, of which this is number ``rank``; the leader has 0. ``meeting``: the file by which
    they find one another."""

    rank: int = 0
    size: int = 1
    meeting: Path = Path()
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _closing: threading.Event = field(default_factory=threading.Event)

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def spent(self) -> float:
        """CPU-seconds of the others so far."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        alive = sum(_spent(other.pid) for other in self.others if other.poll() is None)
        return usage.ru_utime + usage.ru_stime + alive

    def lost(self, patience: float = 0.0) -> TrainingStopped | None:
        """The reason, if a process ended before its work was done; looks for it for ``patience`` seconds."""
        until = time.monotonic() + patience
        while True:
            for rank, other in enumerate(self.others, start=1):
                if status := other.poll():
                    how = f"signal {-status}" if status < 0 else f"status {status}"
                    return TrainingStopped("run.process_lost", rank=rank, count=self.size, how=how)
            if time.monotonic() >= until:
                return None
            time.sleep(_LOOK)

    def watch(self, end: Callable[[TrainingStopped], None]) -> None:
        """Call ``end`` if a process is gone and this one has not ended of itself within the grace: it may be
        waiting where nothing wakes it."""
        while not self._closing.wait(_LOOK):
            reason = self.lost()
            if reason is not None and not self._closing.wait(GRACE):
                self.kill()
                end(reason)

    def close(self) -> None:
        self._closing.set()
        self.kill()
        self.meeting.unlink(missing_ok=True)

    def kill(self) -> None:
        for other in self.others:
            other.kill()
            other.wait()


@contextlib.contextmanager
def hired(job: Job, text: bytes, end: Callable[[TrainingStopped], None]) -> Iterator[Crew]:
    """The crew of a job, whose ``text`` the others get too; they are gone afterwards. ``end`` ends this
    process for the reason it is given."""
    if job.processes == 1:
        yield Crew()
        return
    if job.rank:
        yield Crew(job.rank, job.processes, Path(str(job.meeting)))
        return
    meeting = job.output / f".meeting-{os.getpid()}"
    meeting.unlink(missing_ok=True)
    crew = Crew(0, job.processes, meeting)
    try:
        for rank in range(1, job.processes):
            crew.others.append(_started(text, rank, meeting))
        threading.Thread(target=crew.watch, args=(end,), daemon=True).start()
        yield crew
    finally:
        crew.close()


def _started(text: bytes, rank: int, meeting: Path) -> subprocess.Popen[bytes]:
    told = {**json.loads(text), "rank": rank, "meeting": str(meeting), "parent": os.getpid()}
    other = subprocess.Popen(
        [sys.executable, "-m", "modeling.training.child", str(told["job"])],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    if other.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # dead already: the watch says so
            other.stdin.write(json.dumps(told).encode())
            other.stdin.close()
    return other


def _spent(process: int) -> float:
    """CPU-seconds of a running process, 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0
