"""One supervised process: how it is started, noticed dead, and ended with everything it started."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.orphans import end_with_parent
from config.supervision.probes import Probe

LOG_LIMIT: Final = 10 * 2**20
"""Bytes a log may have at start before it is set aside as `<name>.log.1`."""


def ready_at_once() -> bool:
    """The probe of a child that nobody waits for."""
    return True


@dataclass(frozen=True)
class Program:
    """What to run. `stop` ends it in order; `orphaned` is what it gets if the supervisor dies."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    stop: signal.Signals = signal.SIGTERM
    orphaned: signal.Signals = signal.SIGTERM
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
                preexec_fn=end_with_parent(program.orphaned),
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
