"""Beat ticks and reactors of the committee (discovered beside tasks)."""

from committee.clock.calendars import calendars_tick
from committee.clock.cases import cases_tick, on_subject_changed
from committee.clock.escalation import on_case_closed
from committee.clock.law import law_sweep, on_law_permit_ended, on_law_permit_issued
from committee.clock.reminders import reminders_tick
from committee.clock.seats import on_user_deactivated, seats_tick

__all__ = [
    "calendars_tick",
    "cases_tick",
    "law_sweep",
    "on_case_closed",
    "on_law_permit_ended",
    "on_law_permit_issued",
    "on_subject_changed",
    "on_user_deactivated",
    "reminders_tick",
    "seats_tick",
]
