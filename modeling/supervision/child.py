"""One child process: `python -m modeling.training.child`, the job on standard input, killed within
seconds.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).resolve().parents[2]
KEPT = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "HF_HOME"})


class FolderBusy(Exception):
    """A child of an earlier attempt still writes in the run's folder."""


class Child:
    """A running training process. Its job, and with it the key, goes through a pipe: never argv, env or disk.

    The command line names the run's uid only, so that an operator sees which process is which.

    The child holds a lock on its folder until it ends, whoever started it: two attempts never write there at
    once, even where a frozen worker lost its lease while its child went on. It sees the one `gpu` (its
    number) or none. Raises FolderBusy, OSError.
    """

    def __init__(self, job: dict[str, Any], *, output: Path, threads: int, gpu: str = "") -> None:
        output.mkdir(parents=True, exist_ok=True)
        self._spent_before = _children_seconds()
        lock = _locked(output / "lock")
        try:
            self._errors = (output / "stderr.log").open("ab")
            self.process = self._start(str(job["job"]), threads, gpu, lock.fileno())
        finally:
            lock.close()  # the child's copy keeps the lock
        self._hand_over(job)

    def _start(self, run: str, threads: int, gpu: str, lock: int) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if name in KEPT}
        environment |= {
            "OMP_NUM_THREADS": str(threads),
            "POLARS_MAX_THREADS": str(threads),
            "HF_HUB_OFFLINE": "1",
            "CUDA_VISIBLE_DEVICES": gpu,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "modeling.training.child", run],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            cwd=PROJECT,
            env=environment,
            pass_fds=(lock,),
            start_new_session=True,
        )

    def _hand_over(self, job: dict[str, Any]) -> None:
        """A child that is dead already reads nothing; its exit status says so at the next look."""
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(json.dumps({**job, "parent": os.getpid()}).encode())
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()

    def wait(self, seconds: float) -> int | None:
        """The exit status, or None when the child still runs after `seconds`."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def ask_to_stop(self) -> None:
        """Ask for a checkpoint and an end; the caller goes on listening and kills if it takes too long."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> int:
        """Kill at once: a revoked permit leaves no time for another step."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()

    def spent(self) -> float:
        """CPU-seconds used so far by the child and the processes it started, read from the kernel while they
        run (0 where it cannot be read)."""
        own = Path(f"/proc/{self.process.pid}")
        try:
            started = (own / "task" / own.name / "children").read_text().split()
        except OSError:
            started = []
        return sum(_spent(process) for process in [own.name, *started])

    def close(self) -> float:
        """End the child if it still runs, release the log file; return the CPU-seconds it used."""
        if self.process.poll() is None:
            self.kill()
        self._errors.close()
        return _children_seconds() - self._spent_before


def _spent(process: str) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def _locked(path: Path) -> IO[bytes]:
    stream = path.open("ab")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        stream.close()
        raise FolderBusy from error
    return stream


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
