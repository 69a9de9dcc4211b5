"""Calendars: the public holidays and make-up days of a country, from the `holidays` library, and own edits.

A case holds plain lists of days (committee-rules §2). Where a committee's lists come from is kept beside them
as a `Source`: a country of the library, and the days the committee sets otherwise. Pure: no rows, no clock.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import holidays
from holidays.registry import COUNTRIES

from committee.engine.calendar import Calendar, load_zone, parse_date

MONTHS_AHEAD = 18
SATURDAY, SUNDAY = 6, 7
WEEKEND = (SATURDAY, SUNDAY)
FREE, WORKED, PLAIN, LIBRARY = "free", "worked", "plain", "library"
LANGUAGES = {"en": ("en_US", "en_GB"), "zh-hans": ("zh_CN", "en_US")}


@dataclass(frozen=True, slots=True)
class Source:
    """A country ("" for a calendar kept by hand) and what the committee sets otherwise, as ISO days.

    `removed`: days on which what the library says does not hold. `through`: the last year filled from it.
    """

    country: str = ""
    subdivision: str = ""
    added_holidays: tuple[str, ...] = ()
    added_workdays: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    through: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    def with_day(self, day: str, what: str) -> Source:
        """Set one day: free, worked, plain (its weekday decides), or as the library says."""
        lists = {FREE: "added_holidays", WORKED: "added_workdays", PLAIN: "removed"}
        changed = {name: set(getattr(self, name)) - {day} for name in lists.values()}
        if what in lists:
            changed[lists[what]].add(day)
        free, worked, removed = (tuple(sorted(changed[name])) for name in lists.values())
        return replace(self, added_holidays=free, added_workdays=worked, removed=removed)


@dataclass(frozen=True, slots=True)
class Days:
    """Holidays, and weekend days that are worked."""

    holidays: frozenset[str]
    workdays: frozenset[str]


def source_of(calendar: Mapping[str, Any], stored: Mapping[str, Any]) -> Source:
    """The stored source; of a calendar that came as bare lists, those lists as own days."""
    if not stored:
        return Source("", "", tuple(calendar.get("holidays", ())), tuple(calendar.get("workdays", ())))
    return Source(
        country=stored["country"],
        subdivision=stored["subdivision"],
        added_holidays=tuple(stored["added_holidays"]),
        added_workdays=tuple(stored["added_workdays"]),
        removed=tuple(stored["removed"]),
        through=stored["through"],
    )


def countries() -> list[tuple[str, str]]:
    """(code, English name) of every country the library knows, by name."""
    named = ((found[1], re.sub(r"(?<=[a-z])(?=[A-Z])", " ", found[0])) for found in COUNTRIES.values())
    return sorted(named, key=lambda pair: pair[1])


def subdivisions(country: str) -> tuple[str, ...]:
    """Codes of the parts of a country that have days of their own."""
    if country not in dict(countries()):
        return ()
    return tuple(holidays.country_holidays(country).subdivisions)


@lru_cache(maxsize=256)
def _year(country: str, subdivision: str, year: int, language: str = "") -> holidays.HolidayBase:
    offered = holidays.country_holidays(country).supported_languages or ()
    wanted = next((name for name in LANGUAGES.get(language, ()) if name in offered), None)
    return holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=wanted)


def library_days(country: str, subdivision: str, years: Iterable[int]) -> Days:
    """What the library says of these years; nothing for a calendar kept by hand."""
    free: set[str] = set()
    worked: set[str] = set()
    for year in years if country else ():
        found = _year(country, subdivision, year)
        worked |= {day.isoformat() for day in found.weekend_workdays if day.year == year}
        free |= {day.isoformat() for day in found if day.year == year}
    return Days(frozenset(free - worked), frozenset(worked))


def names(source: Source, year: int, language: str) -> dict[str, str]:
    """What the library calls each holiday of a year, in the reader's language where it has it."""
    if not source.country:
        return {}
    found = _year(source.country, source.subdivision, year, language)
    return {day.isoformat(): name for day, name in found.items() if day.year == year}


def makeup_days_unknown(country: str, year: int) -> bool:
    """Whether the country shifts days by decree and the library has no make-up day of this year yet."""
    if not country:
        return False
    found = _year(country, "", year)
    return found.has_substituted_holidays and not any(day.year == year for day in found.weekend_workdays)


def years_ahead(today: dt.date) -> range:
    """The years a calendar has to cover from a date on: this one, and 18 months ahead."""
    return range(today.year, today.year + (today.month - 1 + MONTHS_AHEAD) // 12 + 1)


def filled(calendar: Mapping[str, Any], source: Source, today: dt.date) -> tuple[dict[str, Any], Source]:
    """The calendar filled from its source for the years ahead; years that are over stay as they were."""
    years = years_ahead(today)
    over = source_of(calendar, {}) if source.country else Source()
    known = library_days(source.country, source.subdivision, years)
    removed = set(source.removed)
    free = (known.holidays - removed - set(source.added_workdays)) | set(source.added_holidays)
    worked = (known.workdays - removed - set(source.added_holidays)) | set(source.added_workdays)
    free |= {day for day in over.added_holidays if int(day[:4]) < years[0]} - worked
    worked |= {day for day in over.added_workdays if int(day[:4]) < years[0]} - free
    lists = {"holidays": sorted(free), "workdays": sorted(worked)}
    whole = {"timezone": calendar["timezone"], "weekend": sorted(calendar["weekend"]), **lists}
    return whole, replace(source, through=years[-1] if source.country else 0)


def without_repeats(source: Source, years: Iterable[int]) -> Source:
    """The source without own days that say what the library says anyway."""
    known = library_days(source.country, source.subdivision, years)
    return replace(
        source,
        added_holidays=tuple(day for day in source.added_holidays if day not in known.holidays),
        added_workdays=tuple(day for day in source.added_workdays if day not in known.workdays),
    )


def engine_calendar(raw: Mapping[str, Any]) -> Calendar:
    """The stored lists as the engine counts with them."""
    return Calendar(
        load_zone(raw["timezone"]),
        frozenset(raw["weekend"]),
        frozenset(map(parse_date, raw["holidays"])),
        frozenset(map(parse_date, raw["workdays"])),
    )
