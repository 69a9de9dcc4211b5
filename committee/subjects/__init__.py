"""What the committee registers with governance's registry, called while Django starts."""

from committee.subjects import calendars, cases, verifying

__all__ = ["calendars", "cases", "verifying"]
