"""What a delivery says: its notices in the recipient's language, the most urgent first, with full links."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from governance import notices
from governance.channels import Letter, Line
from governance.models import Delivery, User

MOST_LINES = 40
LONGEST_SUBJECT = 120


def language_of(user: User) -> str:
    """The language a person reads, as Django names it."""
    return "zh-hans" if user.language.startswith("zh") else "en"


def letter_of(delivery: Delivery) -> Letter | None:
    """The letter of a delivery; None where everything in it was read, or may not be seen any more."""
    user = delivery.recipient
    with translation.override(language_of(user)):
        if delivery.test:
            lines = [Line(_("Mails from Gavel reach you here."), "", delivery.created_at)]
            return _letter(delivery, lines, _("A test"))
        rows = notices.rows_for(user, list(delivery.notices.filter(read_at=None).order_by("-id")))
        shown = sorted((row for row in rows if not row.hidden), key=lambda row: -row.urgency)
        if not shown:
            return None
        lines = [Line(row.words, full(row.url), row.notice.created_at) for row in shown]
        return _letter(delivery, lines, _subject(lines))


def _letter(delivery: Delivery, lines: list[Line], subject: str) -> Letter:
    return Letter(
        key=delivery.uid,
        language=language_of(delivery.recipient),
        recipient=delivery.recipient,
        subject=subject,
        lines=tuple(lines[:MOST_LINES]),
        more=max(0, len(lines) - MOST_LINES),
        home_url=full("/"),
        settings_url=full(reverse("governance:account")),
    )


def _subject(lines: list[Line]) -> str:
    first = lines[0].text
    if len(first) > LONGEST_SUBJECT:
        first = f"{first[: LONGEST_SUBJECT - 1]}…"
    return _("%(first)s (+%(more)s)") % {"first": first, "more": len(lines) - 1} if len(lines) > 1 else first


def full(url: str) -> str:
    """An address of ours as somebody outside opens it."""
    return urljoin(settings.GAVEL_BASE_URL, url) if url else ""
