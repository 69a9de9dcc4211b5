"""Keeps the children running: start in order, restart with back-off, stop in reverse order."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Final

from config.supervision.children import Child, Program

TICK: Final = 0.1
START_LIMIT: Final = 90.0
HEALTHY_AFTER: Final = 30.0
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
GIVE_UP_AFTER: Final = 8


class StartFailed(Exception):
    """A child ended or stayed silent while starting, or keeps ending. Names it and its log."""


@dataclass
class Watch:
    """A child with its history: failures in a row, when it started, when it may start again."""

    child: Child
    failures: int = 0
    started: float = 0.0
    again_at: float | None = None


class Supervisor:
    """Runs `stages` of programs: those of one stage start together, and the next stage waits for them."""

    def __init__(self, stages: Sequence[Sequence[Program]], say: Callable[[str], None]) -> None:
        self.stages = [[Watch(Child(program)) for program in stage] for stage in stages]
        self.watches = [watch for stage in self.stages for watch in stage]
        self.say = say
        self.stopping = False

    def run(self, when_ready: Callable[[], None], until: Callable[[], bool] = lambda: False) -> None:
        """Start all, call `when_ready`, supervise until a signal comes or `until()` is true, stop all."""
        before = {
            sign: signal.signal(sign, self._stop) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            self.start()
            if not self.stopping:
                when_ready()
            while not self.stopping and not until():
                self.look()
                time.sleep(TICK)
        finally:
            self.stop()
            for sign, handler in before.items():
                signal.signal(sign, handler)

    def start(self) -> None:
        """Start every stage; raises `StartFailed`."""
        for stage in self.stages:
            for watch in stage:
                self._launch(watch)
            self._await(stage)

    def look(self) -> None:
        """One round: note who ended, start whose pause is over. Raises `StartFailed` on endless failing."""
        now = time.monotonic()
        for watch in self.watches:
            if watch.child.running:
                continue
            if watch.again_at is None:
                self._note_end(watch, now)
            elif now >= watch.again_at:
                self._launch(watch)

    def stop(self) -> None:
        """Later stages first, so that the broker outlives those who talk to it."""
        for stage in reversed(self.stages):
            for watch in stage:
                watch.child.ask_to_stop()
            for watch in stage:
                watch.child.end()

    def _stop(self, sign: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _launch(self, watch: Watch) -> None:
        watch.again_at = None
        watch.started = time.monotonic()
        watch.child.start()

    def _await(self, stage: Sequence[Watch]) -> None:
        waiting = list(stage)
        while waiting and not self.stopping:
            for watch in waiting:
                program = watch.child.program
                if not watch.child.running:
                    raise StartFailed(
                        f"{program.name} ended with code {watch.child.exit_code}, see {program.log}"
                    )
                if time.monotonic() - watch.started > START_LIMIT:
                    raise StartFailed(
                        f"{program.name} was not ready after {START_LIMIT:.0f} s, see {program.log}"
                    )
            waiting = [watch for watch in waiting if not watch.child.program.ready()]
            time.sleep(TICK / 2)

    def _note_end(self, watch: Watch, now: float) -> None:
        """Back-off doubles while it keeps ending early; pool processes of a dead leader are killed."""
        watch.child.kill_group()
        watch.failures = 1 if now - watch.started > HEALTHY_AFTER else watch.failures + 1
        program = watch.child.program
        if watch.failures > GIVE_UP_AFTER:
            raise StartFailed(f"{program.name} ended {watch.failures} times in a row, see {program.log}")
        pause = min(FIRST_PAUSE * 2 ** (watch.failures - 1), LONGEST_PAUSE)
        watch.again_at = now + pause
        self.say(f"{program.name} ended with code {watch.child.exit_code}; starts again in {pause:.1f} s")
