"""A committee's calendar as its page and the API show it: month by month, with where each day comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from committee import calendars
from committee.calendars import Source
from committee.engine.calendar import Calendar
from committee.models import Committee

# Countries most of our readers know by a Chinese name; the others go by the library's English one.
COUNTRY_NAMES = {
    "AU": _("Australia"),
    "BR": _("Brazil"),
    "CA": _("Canada"),
    "CH": _("Switzerland"),
    "CN": _("China (mainland)"),
    "DE": _("Germany"),
    "ES": _("Spain"),
    "FR": _("France"),
    "GB": _("United Kingdom"),
    "HK": _("Hong Kong"),
    "ID": _("Indonesia"),
    "IN": _("India"),
    "IT": _("Italy"),
    "JP": _("Japan"),
    "KR": _("South Korea"),
    "MO": _("Macau"),
    "MY": _("Malaysia"),
    "NL": _("Netherlands"),
    "RU": _("Russia"),
    "SG": _("Singapore"),
    "TH": _("Thailand"),
    "TW": _("Taiwan"),
    "US": _("United States"),
    "VN": _("Vietnam"),
}


@dataclass(frozen=True, slots=True)
class DayMark:
    """A day that is not what its weekday says; `own`: set by the committee, not by the library."""

    day: dt.date
    name: str
    own: bool


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month: its working days, free days off the weekend, weekend days worked, days set aside."""

    first: dt.date
    working: int
    free: tuple[DayMark, ...]
    worked: tuple[DayMark, ...]
    plain: tuple[DayMark, ...]


@dataclass(frozen=True, slots=True)
class CalendarView:
    """One year of a committee's calendar. `unknown`: years without make-up days in the library yet."""

    committee: Committee
    source: Source
    country: str
    year: int
    years: tuple[int, ...]
    months: tuple[MonthRow, ...]
    unknown: tuple[int, ...]
    own_days: int

    @property
    def through(self) -> str:
        """The last year filled from the library, as a year is written."""
        return str(self.source.through)


def committee_of(code: str) -> Committee | None:
    """The committee of a code, or the first one where none is named."""
    rows = Committee.objects.select_related("secretary").order_by("pk")
    return rows.filter(code=code).first() if code else rows.first()


def country_choices() -> list[tuple[str, str]]:
    """(code, name in the reader's language) of every country the library knows."""
    named = [(code, str(COUNTRY_NAMES.get(code, name))) for code, name in calendars.countries()]
    return [(code, f"{name} ({code})") for code, name in named]


def calendar_view(committee: Committee, year: int | None = None) -> CalendarView:
    source = calendars.source_of(committee.calendar, committee.calendar_source)
    years = _years(committee, source)
    shown = year if year in years else timezone.localdate().year
    days = calendars.engine_calendar(committee.calendar)
    return CalendarView(
        committee=committee,
        source=source,
        country=dict(country_choices()).get(source.country, source.country),
        year=shown,
        years=years,
        months=tuple(_month(days, source, shown, number) for number in range(1, 13)),
        unknown=unknown_years(source, timezone.localdate()),
        own_days=len(source.added_holidays) + len(source.added_workdays) + len(source.removed),
    )


def unknown_years(source: Source, today: dt.date) -> tuple[int, ...]:
    """Years ahead without make-up days in the library, nor own ones."""
    return tuple(
        year
        for year in calendars.years_ahead(today)
        if calendars.makeup_days_unknown(source.country, year)
        and not any(day.startswith(str(year)) for day in source.added_workdays)
    )


def _years(committee: Committee, source: Source) -> tuple[int, ...]:
    listed = {int(day[:4]) for name in ("holidays", "workdays") for day in committee.calendar[name]}
    return tuple(
        sorted(listed | {timezone.localdate().year} | ({source.through} if source.through else set()))
    )


def _month(days: Calendar, source: Source, year: int, number: int) -> MonthRow:
    first = dt.date(year, number, 1)
    end = dt.date(year + number // 12, number % 12 + 1, 1)
    within = [first + dt.timedelta(days=n) for n in range((end - first).days)]
    return MonthRow(
        first=first,
        working=sum(days.is_working_day(day) for day in within),
        free=_marks((d for d in within if d in days.holidays), source, source.added_holidays),
        worked=_marks((d for d in within if d in days.workdays), source, source.added_workdays),
        plain=_marks((d for d in within if d.isoformat() in source.removed), source, source.removed),
    )


def _marks(found: Iterable[dt.date], source: Source, own: Iterable[str]) -> tuple[DayMark, ...]:
    known, set_here = set(own), list(found)
    names = calendars.names(source, set_here[0].year, get_language() or "en") if set_here else {}
    return tuple(DayMark(day, names.get(day.isoformat(), ""), day.isoformat() in known) for day in set_here)
