"""A committee's calendar: which country, which own days, and filling it into the years ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from committee import calendars, tallying
from committee.calendars import Source
from committee.engine import InputFault
from committee.models import Committee
from governance import ledger, notices
from governance.database.locks import locked
from governance.exceptions import InvalidInput
from governance.models import Notice, User
from governance.record.canonical import digest_of
from governance.subject_ref import SubjectRef

ANNOUNCED_BY = 11  # month by which next year's make-up days are told where they are set by decree
UNKNOWN = "calendar_makeup_unknown"


def calendar_founded(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Calendar and source of a new committee, from bare lists or from `country` with zone and weekend.

    Raises InvalidInput for a country or part of one that the library does not know.
    """
    if "country" not in given:
        return dict(given), {}
    source = Source(str(given["country"]), str(given.get("subdivision") or ""))
    check_country(source)
    weekend = given.get("weekend", list(calendars.WEEKEND))
    if not isinstance(weekend, list) or not all(isinstance(day, int) for day in weekend):
        raise InvalidInput(field="weekend", reason="schema")
    bare = {"timezone": given.get("timezone", ""), "weekend": weekend}
    calendar, source = calendars.filled(
        {**bare, "holidays": [], "workdays": []}, source, timezone.localdate()
    )
    return calendar, source.as_dict()


def check_country(source: Source) -> None:
    """Raises InvalidInput for a country the library does not know, or a part of it without own days."""
    if source.country and source.country not in dict(calendars.countries()):
        raise InvalidInput(field="country", reason=source.country[:10])
    if source.subdivision and source.subdivision not in calendars.subdivisions(source.country):
        raise InvalidInput(field="subdivision", reason=source.subdivision[:20])


@transaction.atomic
def calendar_update(
    *, actor: User, committee: Committee, zone: str, weekend: Sequence[int], source: Source
) -> Committee:
    """Set zone, weekend, country and own days; running cases keep the calendar they were framed with.

    Raises InvalidInput where the engine could not count by it.
    """
    check_country(source)
    bare = {"timezone": zone, "weekend": sorted(set(weekend))}
    return _change(actor, committee, lambda calendar, _source: ({**calendar, **bare}, source))[0]


@transaction.atomic
def calendar_day_set(*, actor: User, committee: Committee, day: str, what: str) -> Committee:
    """Set one day: free, worked, plain, or as the library says. Raises InvalidInput."""
    return _change(actor, committee, lambda calendar, source: (calendar, source.with_day(day, what)))[0]


@transaction.atomic
def calendar_refresh(*, committee: Committee) -> bool:
    """Fill the calendar into the years ahead from what the library knows now; True if it changed."""
    if not committee.calendar_source.get("country"):
        return False
    body, changed = _change(None, committee, lambda calendar, source: (calendar, source))
    _tell_of_unknown_days(body)
    return changed


Change = Callable[[dict[str, Any], Source], tuple[dict[str, Any], Source]]


def _change(actor: User | None, committee: Committee, change: Change) -> tuple[Committee, bool]:
    """Apply a change under the committee's lock and fill the years ahead; no row where nothing changes."""
    body = locked(Committee.objects.filter(pk=committee.pk)).get()
    before = (body.calendar, body.calendar_source)
    calendar, source = change(dict(body.calendar), calendars.source_of(*before))
    today = timezone.localdate()
    source = calendars.without_repeats(source, calendars.years_ahead(today))
    if source.country:
        calendar, source = calendars.filled(calendar, source, today)
    else:
        calendar |= {"holidays": sorted(source.added_holidays), "workdays": sorted(source.added_workdays)}
        source = replace(source, subdivision="", removed=(), through=0)
    stored = source.as_dict() if before[1] or source != calendars.source_of(calendar, {}) else {}
    if (calendar, stored) == before:
        return body, False
    body.calendar, body.calendar_source = calendar, stored
    Committee.objects.filter(pk=body.pk).update(calendar=calendar, calendar_source=stored)
    _check(body)
    ledger.append(
        type="calendar.updated",
        actor=actor,
        subject=SubjectRef("committee", body.uid),
        data=_told(before[0], calendar) | {"country": source.country, "through": source.through},
    )
    return body, True


def _check(committee: Committee) -> None:
    try:
        tallying.dry_run(committee)
    except InputFault as fault:
        raise InvalidInput(field=fault.path.strip("/").replace("/", "."), reason=fault.code) from fault


def _told(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a change: how many days before and after, and the digests of both."""
    counts = {
        f"{name}_{when}": len(lists.get(name, ()))
        for when, lists in (("before", before), ("after", after))
        for name in ("holidays", "workdays")
    }
    return counts | {"before": digest_of(dict(before)), "after": digest_of(dict(after))}


def _tell_of_unknown_days(committee: Committee) -> None:
    """Once for each year, late in the year before: the library has no make-up days of it yet."""
    today = timezone.localdate()
    source = calendars.source_of(committee.calendar, committee.calendar_source)
    year = today.year + 1
    own = any(day.startswith(str(year)) for day in source.added_workdays)
    if today.month < ANNOUNCED_BY or own or not calendars.makeup_days_unknown(source.country, year):
        return
    told = Notice.objects.filter(code=UNKNOWN, subject_id=committee.uid, params__year=year)
    if committee.secretary is not None and not told.exists():
        about = SubjectRef("committee", committee.uid)
        notices.send([committee.secretary], UNKNOWN, about, year=year, country=source.country)
