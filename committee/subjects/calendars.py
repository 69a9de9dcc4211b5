"""What is registered about calendars: the words of their notice, and a verifier of the stored lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from committee import calendars
from committee.models import Committee, Seat
from governance import ledger, notices, registry
from governance.models import LedgerEntry
from governance.record.canonical import digest_of


def verify_calendars() -> Iterator[tuple[str, str]]:
    """Each calendar changed since its founding against the ledger entry of the last change."""
    for committee in Committee.objects.order_by("pk"):
        entries = LedgerEntry.objects.filter(type="calendar.updated", subject_id=committee.uid, accepted=True)
        last = entries.order_by("-seq").first()
        if last is not None and ledger.data_of(last)["after"] != digest_of(committee.calendar):
            yield f"calendar of {committee.code}", "row_differs"


def works_on(user: Any, day: dt.date) -> bool | None:
    """By the calendar of the committee in which the person sits, else of the first one; None without any."""
    seat = Seat.objects.in_office().filter(member=user).select_related("committee").first()
    committee = seat.committee if seat else Committee.objects.order_by("pk").first()
    return calendars.engine_calendar(committee.calendar).is_working_day(day) if committee else None


registry.register_verifier(verify_calendars)
registry.register_working_days(works_on)
notices.register_words(
    "calendar_makeup_unknown",
    _("The make-up days of %(year)s (%(country)s) are not in the library yet: add them to the calendar."),
)
