"""Spark's work in a thread of its own, so that stop, progress and a time limit are heard meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Result = TypeVar("Result")

_EAR = 0.1
"""Seconds between two looks at the caller's wishes."""
_LOOK = 0.5
"""Seconds between two looks at how far Spark is."""
_PATIENCE = 20.0
"""Seconds a cancelled query is waited for."""


class OutOfTime(Exception):
    """The work took longer than its limit and was cancelled."""


class Jobs:
    """Runs one piece of work after the other, each in a job group of its own."""

    def __init__(self, session: SparkSession, stop: Callable[[], None]) -> None:
        self._context = session.sparkContext
        self._stop = stop

    def run(
        self,
        work: Callable[[], Result],
        *,
        seconds: float | None = None,
        heard: Callable[[float], None] | None = None,
    ) -> Result:
        """The result of the work, or its error. `heard` gets the share of tasks done, 0 to 1.

        Raises OutOfTime after `seconds`, and whatever the caller's stop raises; Spark's jobs are cancelled
        then.
        """
        from pyspark import InheritableThread

        group, done = f"gavel-{uuid4().hex}", Event()
        box: dict[str, Any] = {}

        def target() -> None:
            try:
                self._context.setJobGroup(group, "gavel", interruptOnCancel=True)
                box["value"] = work()
            except BaseException as error:  # noqa: BLE001 - handed on to the caller's thread
                box["error"] = error
            finally:
                done.set()

        InheritableThread(target=target, daemon=True).start()
        self._wait(done, group, seconds, heard)
        if "error" in box:
            raise box["error"]
        result: Result = box["value"]
        return result

    def _wait(
        self, done: Event, group: str, seconds: float | None, heard: Callable[[float], None] | None
    ) -> None:
        begun = looked = time.monotonic()
        told = 0.0
        try:
            while not done.wait(_EAR):
                self._stop()
                now = time.monotonic()
                if seconds is not None and now - begun > seconds:
                    raise OutOfTime
                if heard is not None and now - looked > _LOOK:
                    looked = now
                    told = max(told, self._share(group))  # later stages are not known at first
                    heard(told)
        except BaseException:
            self._cancel(done, group)
            raise

    def _cancel(self, done: Event, group: str) -> None:
        """The work may start another job before it hears, so it is told until it ends."""
        until = time.monotonic() + _PATIENCE
        while not done.is_set() and time.monotonic() < until:
            self._context.cancelJobGroup(group)
            done.wait(_EAR)

    def _share(self, group: str) -> float:
        tracker = self._context.statusTracker()
        total = finished = 0
        for job in tracker.getJobIdsForGroup(group):
            info = tracker.getJobInfo(job)
            for stage in info.stageIds if info else ():
                seen = tracker.getStageInfo(stage)
                if seen:
                    total += seen.numTasks
                    finished += seen.numCompletedTasks
        return finished / total if total else 0.0
