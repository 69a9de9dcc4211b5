"""What the committee registers with governance's registry, called while Django starts."""

from committee.subjects import (
    asks,
    calendars,
    cases,
    law,
    reminders,
    seats,
    standing,
    verifying,
    verifying_law,
    work,
)

__all__ = [
    "asks",
    "calendars",
    "cases",
    "law",
    "reminders",
    "seats",
    "standing",
    "verifying",
    "verifying_law",
    "work",
]
