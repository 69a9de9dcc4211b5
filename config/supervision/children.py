"""One supervised process: how it is started, noticed dead, and ended with everything it started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.supervision.probes import Probe

PR_SET_PDEATHSIG: Final = 1
LOG_LIMIT: Final = 10 * 2**20
"""Bytes a log may have at start before it is set aside as `<name>.log.1`."""


def ready_at_once() -> bool:
    """The probe of a child that nobody waits for."""
    return True


@dataclass(frozen=True)
class Program:
    """What to run. `stop` is the signal that ends it, also sent by the kernel if the supervisor dies."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    stop: signal.Signals = signal.SIGTERM
    grace: float = 15.0
    ready: Probe = ready_at_once
    ready_file: Path | None = None


@dataclass
class Child:
    """A program and its running process, leader of a session of its own."""

    program: Program
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def start(self) -> None:
        """Start it with its output in its log. A stale ready file goes first."""
        program = self.program
        if program.ready_file is not None:
            program.ready_file.unlink(missing_ok=True)
        program.log.parent.mkdir(parents=True, exist_ok=True)
        if program.log.exists() and program.log.stat().st_size > LOG_LIMIT:
            program.log.replace(program.log.with_suffix(".log.1"))
        with program.log.open("ab") as log:
            self.process = subprocess.Popen(
                program.command,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(program.stop),
            )

    def ask_to_stop(self) -> None:
        """Signal the leader only: it ends its own children in order."""
        if self.process is not None and self.running:
            self.process.send_signal(self.program.stop)

    def end(self) -> None:
        """Wait out the grace time, then kill the whole group, also what a dead leader left behind."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.program.grace)
        self.kill_group()
        self.process.wait()

    def kill_group(self) -> None:
        """SIGKILL to every process of the session."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def end_with_parent(sign: signal.Signals) -> Callable[[], None] | None:
    """Linux: the kernel sends `sign` to the child when its parent dies, even by kill -9. Elsewhere None."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_kernel() -> None:
        library.prctl(PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:  # the parent died between fork and here
            os._exit(1)

    return ask_kernel
