"""Keeping a committee's calendar: secretary, presiding member or the governance team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from committee import calendars, permissions
from committee.calendars import Source
from committee.models import Committee
from committee.services import calendar
from governance.exceptions import InvalidInput
from governance.models import User
from governance.permissions import allow
from governance.refusals import governed

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_DAYS = 1000


@governed("calendar.update")
def calendar_update(
    *,
    actor: User,
    committee: Committee,
    zone: str,
    weekend: Sequence[int],
    country: str = "",
    subdivision: str = "",
    added_holidays: Sequence[str] = (),
    added_workdays: Sequence[str] = (),
    removed: Sequence[str] = (),
) -> Committee:
    """Set zone, weekend, country and own days together. Running cases keep the calendar of their frame.

    Raises NotPermitted, InvalidInput.
    """
    allow(permissions.may_keep_calendar(actor, committee))
    free, worked = _days("added_holidays", added_holidays), _days("added_workdays", added_workdays)
    if set(free) & set(worked):
        raise InvalidInput(field="added_workdays", reason=_("a day cannot be free and worked"))
    source = Source(country, subdivision, free, worked, _days("removed", removed))
    return calendar.calendar_update(
        actor=actor, committee=committee, zone=zone, weekend=weekend, source=source
    )


@governed("calendar.update")
def calendar_day_set(*, actor: User, committee: Committee, day: str, what: str) -> Committee:
    """Set one day: free, worked, plain (its weekday decides), or as the library says.

    Raises NotPermitted, InvalidInput.
    """
    allow(permissions.may_keep_calendar(actor, committee))
    if what not in {calendars.FREE, calendars.WORKED, calendars.PLAIN, calendars.LIBRARY}:
        raise InvalidInput(field="what", reason=_("unknown"))
    (checked,) = _days("day", [day])
    return calendar.calendar_day_set(actor=actor, committee=committee, day=checked, what=what)


def calendar_refresh(*, committee: Committee) -> bool:
    """Fill the calendar into the years ahead; called by the clock."""
    return calendar.calendar_refresh(committee=committee)


def _days(field: str, texts: Sequence[str]) -> tuple[str, ...]:
    """ISO dates, sorted, each once. Raises InvalidInput."""
    if len(texts) > MOST_DAYS:
        raise InvalidInput(field=field, reason=_("more than %(most)s days") % {"most": MOST_DAYS})
    return tuple(sorted({_day(field, text) for text in texts}))


def _day(field: str, text: str) -> str:
    try:
        day = dt.date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise InvalidInput(field=field, reason=_("not a date: %(text)s") % {"text": text[:20]}) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(field=field, reason=_("not a date: %(text)s") % {"text": text[:20]})
    return day.isoformat()
