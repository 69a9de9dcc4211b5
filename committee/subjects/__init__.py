"""What the committee registers with governance's registry, called while Django starts."""

from committee.subjects import calendars, cases, reminders, seats, standing, verifying, work

__all__ = ["calendars", "cases", "reminders", "seats", "standing", "verifying", "work"]
