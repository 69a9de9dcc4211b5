"""What is registered about calendars: the words of their notice, and a verifier of the stored lists."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from committee.models import Committee
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


registry.register_verifier(verify_calendars)
notices.register_words(
    "calendar_makeup_unknown",
    _("The make-up days of %(year)s (%(country)s) are not in the library yet: add them to the calendar."),
)
