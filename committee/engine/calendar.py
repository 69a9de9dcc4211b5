"""Instants, local dates and working days (committee-rules §2)."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_DAY = timedelta(days=1)
# Hour 24 and offset minutes above 59 are read by some versions of Python.
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T(?!24)\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:[0-5]\d)\Z", re.ASCII)


def parse_instant(text: str) -> datetime:
    """The instant in UTC. Raises ValueError if it does not exist within the years 1 to 9999 of UTC."""
    if _INSTANT.match(text) is None:
        raise ValueError("not an instant with offset")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as fault:
        raise ValueError("outside the years 1 to 9999") from fault


def parse_date(text: str) -> date:
    """A calendar date `YYYY-MM-DD`. Raises ValueError if it does not exist."""
    return date.fromisoformat(text)


def print_utc(instant: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`."""
    return instant.astimezone(UTC).isoformat()[:19] + "Z"


def later(instant: datetime, hours: int, extra: timedelta = timedelta(0)) -> datetime:
    """`instant` plus elapsed hours plus `extra`, at most the last printable second."""
    try:
        return min(instant + timedelta(hours=hours) + extra, LATEST)
    except OverflowError:
        return LATEST


@lru_cache(maxsize=64)
def load_zone(name: str) -> ZoneInfo:
    """The IANA zone from the tzdata package, so that no machine's own tables matter. Raises KeyError."""
    if name not in _zone_names():
        raise KeyError(name)
    with resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@dataclass(frozen=True)
class Calendar:
    """Local dates and working days of one committee."""

    zone: ZoneInfo
    weekend: frozenset[int]
    holidays: frozenset[date]
    workdays: frozenset[date]
    _starts: dict[date, datetime] = field(default_factory=dict, repr=False, compare=False)

    def local_date(self, instant: datetime) -> date:
        """The local date on which `instant` falls."""
        try:
            return instant.astimezone(self.zone).date()
        except OverflowError:
            return date.max if instant.year > 5000 else date.min

    def start_of(self, day: date) -> datetime:
        """First instant of the local date: 00:00, or where clocks jump over it the instant of the jump."""
        if day not in self._starts:
            self._starts[day] = self._first_instant(day)
        return self._starts[day]

    def end_of(self, day: date) -> datetime | None:
        """First instant of the next local date; None for 9999-12-31, which stands for no end."""
        return None if day == date.max else self.start_of(day + _DAY)

    def is_working_day(self, day: date) -> bool:
        """Make-up days are working days, then holidays are not, then weekends are not."""
        if day in self.workdays:
            return True
        return day not in self.holidays and day.isoweekday() not in self.weekend

    def working_day_after(self, day: date, count: int) -> date:
        """The `count`-th working day strictly after `day` (9999-12-31 if the calendar ends first)."""
        while count > 0 and day < date.max:
            day += _DAY
            count -= self.is_working_day(day)
        return day

    def working_days_between(self, after: date, upto: date) -> int:
        """Number of working days strictly after `after`, up to and including `upto`."""
        return sum(
            self.is_working_day(date.fromordinal(n))
            for n in range(after.toordinal() + 1, upto.toordinal() + 1)
        )

    def _first_instant(self, day: date) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        try:
            first = midnight.astimezone(UTC)
            if first.astimezone(self.zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
                return min(max(first, EARLIEST), LATEST)
            return self._after_jump(day, midnight.replace(fold=1).astimezone(UTC), first)
        except OverflowError:
            return EARLIEST if day.year < 5000 else LATEST

    def _after_jump(self, day: date, low: datetime, high: datetime) -> datetime:
        # Midnight falls into a gap: its two readings bracket the jump, which is the day's first instant.
        span = int((high - low).total_seconds())
        start, end = 0, span
        while start < end:
            middle = (start + end) // 2
            if self.local_date(low + timedelta(seconds=middle)) >= day:
                end = middle
            else:
                start = middle + 1
        return low + timedelta(seconds=start)
