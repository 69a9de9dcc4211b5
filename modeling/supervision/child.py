"""One child process: `python -m modeling.training.child`, the job on standard input, killed within seconds."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

STOP_GRACE_SECONDS = 3.0


class Child:
    """A running training process. Its job, and with it the key, goes through a pipe: never argv, env or disk."""

    def __init__(self, job: dict[str, Any], *, output: Path, threads: int) -> None:
        output.mkdir(parents=True, exist_ok=True)
        self._spent_before = _children_seconds()
        self._errors = (output / "stderr.log").open("ab")
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in {"PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "HF_HOME", "CUDA_VISIBLE_DEVICES"}
        }
        environment |= {"OMP_NUM_THREADS": str(threads), "POLARS_MAX_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "modeling.training.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=environment,
            start_new_session=True,
        )
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps({**job, "parent": os.getpid()}).encode())
            self.process.stdin.close()

    def wait(self, seconds: float) -> int | None:
        """The exit status, or None when the child still runs after `seconds`."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> int:
        """Ask for a checkpoint, then kill the whole session; return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.wait(STOP_GRACE_SECONDS)
        return self.kill() if status is None else status

    def kill(self) -> int:
        """Kill at once: a revoked permit leaves no time for another step."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self.process.wait()

    def close(self) -> float:
        """Release the log file; return the CPU-seconds the child used."""
        self._errors.close()
        return _children_seconds() - self._spent_before


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
