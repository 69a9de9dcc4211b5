"""The fixed ticks of the clock. Monitors and sources are rows with `next_at`; a tick only claims what is due.

Each line names a task in an app's `clock.py`; config/scheduler.py writes exactly this table into beat's own.
"""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Tick:
    """`task` runs every `seconds` on the queue its route names."""

    name: str
    task: str
    seconds: int


TICKS: Final[tuple[Tick, ...]] = (
    Tick("outbox", "governance.clock.outbox_tick", 5),
    Tick("deliveries", "governance.clock.deliveries_tick", 60),
    Tick("ledger_checks", "governance.clock.ledger_checks_tick", 60),
    Tick("adoption", "governance.clock.adoption_sweep", 60),
    Tick("cases", "committee.clock.cases_tick", 30),
    Tick("reminders", "committee.clock.reminders_tick", 300),
    Tick("law", "committee.clock.law_sweep", 60),
    Tick("calendars", "committee.clock.calendars_tick", 3600),
    Tick("seats", "committee.clock.seats_tick", 60),
    Tick("runs", "modeling.clock.runs_tick", 30),
    Tick("backbones", "modeling.clock.backbones_tick", 30),
    Tick("permits", "modeling.clock.permits_sweep", 60),
    Tick("catalog_reaper", "catalog.clock.reaper_tick", 15),
    Tick("catalog_wake", "catalog.clock.wake_sweep", 60),
    Tick("catalog_uploads", "catalog.clock.uploads_sweep", 3600),
)


def schedule() -> dict[str, dict[str, Any]]:
    """The table as Celery's `beat_schedule`; a tick not taken up before the next one is due is dropped."""
    return {
        tick.name: {"task": tick.task, "schedule": tick.seconds, "options": {"expires": tick.seconds}}
        for tick in TICKS
    }
