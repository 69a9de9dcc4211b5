"""The worker's side of an engine process: starting it, hearing from it, ending it within seconds."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, Final

from catalog.processing import wire
from catalog.processing.child import STOP, named

PROJECT: Final = Path(__file__).resolve().parents[2]
ENDING_SECONDS: Final = 5.0
TAIL: Final = 8192
LONGEST_MESSAGE: Final = 1 << 29
OUT_OF_MEMORY: Final = (b"memory allocation of", b"MemoryError", b"Cannot allocate memory", b"OutOfMemory")

Message = tuple[Any, ...]


class Died(Exception):
    """The process ended without a last word; `code` is the job's reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Child:
    """A running engine process. What it writes to its temporary folder is gone when it is closed.

    `order` goes through a pipe, never through argv, environment or disk: it may hold the masking key.
    """

    def __init__(
        self, function: Callable[[Any, Any], Any], order: Any, *, label: str, memory: int = 0
    ) -> None:
        self._call = (named(function), order)
        self._folder = Path(tempfile.mkdtemp(prefix="gavel-engine-"))
        self._pipe, theirs = Pipe()
        words = [sys.executable, "-m", "catalog.processing.child", str(theirs.fileno()), str(memory), label]
        try:
            with (self._folder / "stderr").open("wb") as errors:
                self.process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    cwd=PROJECT,
                    env={**os.environ, "TMPDIR": str(self._folder)},
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
        except OSError:
            self._pipe.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        finally:
            theirs.close()

    def message(self, seconds: float) -> Message | None:
        """The next message, None after `seconds` of silence. Raises Died."""
        try:
            if not self._pipe.poll(seconds):
                return None
            said: Message = wire.decode(self._pipe.recv_bytes(LONGEST_MESSAGE))
            if said == ("ready",):
                self._pipe.send_bytes(wire.encode(self._call))
        except (EOFError, OSError) as error:
            raise Died(self._cause()) from error
        except (ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
            raise Died("engine_died") from error  # it does not speak as our code does
        return said

    def ask_to_stop(self) -> None:
        """Ask for an end at the next report; the caller closes the child if that takes too long."""
        with contextlib.suppress(OSError):
            self._pipe.send_bytes(wire.encode(STOP))

    def close(self) -> None:
        """End the process and all it started, at once; remove what it left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _cause(self) -> str:
        """Why it ended by itself, told from its status and the end of what it wrote (which is not kept)."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING_SECONDS)
        with (self._folder / "stderr").open("rb") as errors:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - TAIL))
            told = errors.read()
        if any(word in told for word in OUT_OF_MEMORY):
            return "out_of_memory"
        return "engine_killed" if self.process.returncode == -signal.SIGKILL else "engine_died"
