"""A job's question to the desk: its lease is kept while the desk works, and a cancel ends the desk."""

from __future__ import annotations

import time
from typing import Any, Final

from django.conf import settings

from governance import jobs
from governance.models import Job
from modeling.supervision.desk import Desk

LISTEN_SECONDS: Final = 1.0
MOST_SECONDS: Final = 1800.0


class DeskRefused(Exception):
    """No answer: a stable code, and the engine's words in both languages where it has any."""

    def __init__(self, code: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or {}


class DeskStopped(Exception):
    """The job was cancelled, or another attempt holds it."""


def answer_of(job: Job, question: dict[str, Any]) -> dict[str, Any]:
    """What the desk made. Raises DeskRefused, DeskStopped."""
    network = bool(settings.GAVEL_HUB_FETCH and question["order"].get("fetch"))
    desk = Desk(question, label=job.uid, memory=settings.GAVEL_ENGINE_MEMORY, network=network)
    end = time.monotonic() + MOST_SECONDS
    try:
        while (status := desk.wait(LISTEN_SECONDS)) is None:
            _beat(job, desk.last())
            if time.monotonic() > end:
                raise DeskRefused("desk_slow")
        _beat(job, {})
        return _made(status, desk.last())
    finally:
        desk.close()


def _beat(job: Job, said: dict[str, Any]) -> None:
    done, total = said.get("told", (None, None))
    signal = jobs.heartbeat(job, done=done, total=total)
    if signal.cancel or not signal.held:
        raise DeskStopped


def _made(status: int, said: dict[str, Any]) -> dict[str, Any]:
    if "refused" in said:
        raise DeskRefused(said["refused"]["code"], said["refused"])
    if status or not isinstance(said.get("made"), dict):
        raise DeskRefused("desk_died")
    made: dict[str, Any] = said["made"]
    return made
