"""`python -m catalog.processing.child PIPE MEMORY LABEL`: one engine call in a process of its own.

The worker that started it sends (function, order) through the pipe and gets messages back: how far the work
is, then what was made or why nothing was. It can be killed at any moment, in the middle of an engine's
longest step, and what a hostile file makes it want of memory ends this process, never the worker. LABEL is
the uid of the job, so that an operator sees which process is which; keys and data come through the pipe only.

Messages: ("ready",), ("progress", done, total, step), and last one of ("made", value), ("stopped",),
("refused", code, detail), ("fault", class name, place).
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from catalog.processing import wire

FIRST_TO_GO: Final = "600"
"""Added to the kernel's score: where the machine runs out of memory, this process ends before the worker."""
STOP: Final = "stop"


class Stopped(Exception):
    """The job was cancelled or its lease lost; raised at the engine's next report."""


class Refused(Exception):
    """The engine refuses the input: a stable code, and detail without cell values."""

    def __init__(self, code: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or {}


class Progress:
    """What an engine call reports to: `tell(done, total, step)`. `stopped` says that it should end."""

    def __init__(self, tell: Callable[[int, int, str], None]) -> None:
        self._tell = tell
        self._stop = threading.Event()

    def __call__(self, done: int, total: int, step: str = "") -> None:
        """How many of how many parts are done, and the code of the step that begins now. Raises Stopped."""
        if self._stop.is_set():
            raise Stopped
        self._tell(done, total, step)

    def stop(self) -> None:
        self._stop.set()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()


def answer(function: Callable[[Any, Progress], Any], order: Any, progress: Progress) -> tuple[Any, ...]:
    """The last message of a call: its result, or its error in plain words."""
    from catalog.lake.errors import LakeError  # brings the data libraries
    from governance.validation.errors import EngineError

    try:
        return ("made", function(order, progress))
    except Stopped:
        return ("stopped",)
    except Refused as error:
        return ("refused", error.code, error.detail)
    except EngineError as error:
        return ("refused", f"ingest:{error.code}" if error.code in INGEST else error.code, detail_of(error))
    except LakeError as error:
        return ("refused", error.code, {})
    except MemoryError:
        return ("refused", "out_of_memory", {})
    except Exception as error:  # noqa: BLE001 - the worker ends every job with a code
        # The text of an engine's fault may quote cells: only its kind and place leave this process.
        return ("fault", type(error).__name__, place_of(error))


INGEST: Final = frozenset(
    {"data_unreadable", "empty_file", "bad_encoding", "duplicate_columns", "ragged_rows", "wrong_delimiter"}
)


def detail_of(error: Any) -> dict[str, Any]:
    """The sentences in both languages and the place, as plain JSON; engines name no cell values in them."""
    detail = error.detail
    plain = dict(detail) if isinstance(detail, dict) else ({"at": str(detail)} if detail else {})
    return {"message_en": error.message_en, "message_zh": error.message_zh, **plain}


def place_of(error: BaseException) -> str:
    """File and line of the innermost frame, for the log."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"


def named(function: Callable[..., Any]) -> tuple[str, str]:
    """How a function is named through the pipe: by module and name."""
    return function.__module__, function.__qualname__


def bounded(memory: int) -> None:
    """Private memory the kernel refuses to go beyond (0: unbounded), and who goes first when it has none."""
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")


def listen(pipe: Connection, progress: Progress) -> None:
    """Obey a stop; end at once when the worker is gone: its job is claimed again by another."""
    try:
        while wire.decode(pipe.recv_bytes()) == STOP:
            progress.stop()
    except (EOFError, OSError):
        os._exit(1)


def main(words: list[str]) -> int:
    """Carry out the one call that comes through the pipe. Exit 0 whenever the last message was sent."""
    pipe = Connection(int(words[0]))
    bounded(int(words[1]))
    pipe.send_bytes(wire.encode(("ready",)))
    (module, name), order = wire.decode(pipe.recv_bytes())
    progress = Progress(
        lambda done, total, step: pipe.send_bytes(wire.encode(("progress", done, total, step)))
    )
    threading.Thread(target=listen, args=(pipe, progress), daemon=True).start()
    pipe.send_bytes(wire.encode(answer(getattr(import_module(module), name), order, progress)))
    return 0


if __name__ == "__main__":
    # By its real name, or the engines' functions would raise classes that this copy does not know.
    from catalog.processing import child

    sys.exit(child.main(sys.argv[1:]))
