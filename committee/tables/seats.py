"""The lists of the seats' page: places with who sits there, and former holders."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from committee.choices import SeatRole
from committee.models import Seat
from committee.selectors import PlaceRow
from ui import marks, words
from ui.tables import Column, Empty, Table

ENDINGS = {
    "left": _("Left the company"),
    "resigned": _("Resigned"),
    "replaced": _("Replaced by decision"),
    "given_up": _("Place given up by decision"),
    "term_over": _("Term ended"),
    "taken_back": _("Decision taken back"),
}


def _holder(row: PlaceRow) -> Any:
    return marks.person(row.seat.member) if row.seat else marks.badge("warn", _("Vacant"))


def _holder_note(row: PlaceRow) -> str:
    if row.absent and row.away:
        return gettext("absent until %(day)s") % {"day": words.short_day(row.away.last)}
    if row.away:
        days = {"first": words.short_day(row.away.first), "last": words.short_day(row.away.last)}
        return gettext("absent from %(first)s to %(last)s") % days
    if row.next:
        days = {"person": str(row.next.member), "day": words.short_day(row.next.term_from)}
        return gettext("%(person)s from %(day)s on") % days
    return gettext("last: %(person)s") % {"person": row.last.member} if row.last else ""


def _functions(row: PlaceRow) -> Any:
    return format_html_join(" ", "{}", ((marks.tag(name),) for name in row.functions)) or None


def _team(row: PlaceRow) -> Any:
    return str(row.seat.team) if row.seat and row.seat.team else None


def _alternate(row: PlaceRow) -> Any:
    alternate = row.seat.alternate if row.seat else None
    if alternate is None:
        return None
    return marks.person(alternate) if alternate.is_active else marks.badge("warn", _("Alternate has left"))


def _term(row: PlaceRow) -> Any:
    if row.seat is None:
        return None
    if row.seat.term_to is None:
        return gettext("no end")
    return words.short_day(row.seat.term_to)


def _left(row: PlaceRow) -> SafeString | None:
    if row.days_left is None:
        return None
    text = ngettext("%(count)s day", "%(count)s days", row.days_left) % {"count": row.days_left}
    return marks.badge("warn", text) if row.ending else marks.badge("idle", text, plain=True)


PLACES = Table(
    label=_("Seats"),
    columns=(
        Column(
            _("Place"),
            "place",
            kind="code",
            sub=lambda row: SeatRole(row.role).label,
            sort="place",
            fit=True,
        ),
        Column(_("Holder"), _holder, sub=_holder_note, lead=True),
        Column(_("Functions"), _functions),
        Column(_("Team"), _team, fit=True, wide=True),
        Column(_("Alternate"), _alternate, wide=True),
        Column(_("Term to"), _term, fit=True, wide=True),
        Column(_("Days left"), _left, fit=True, end=True),
    ),
    empty=Empty(_("No seat fits this filter"), _("Clear the filter to see all."), icon="landmark"),
)


def _ended(seat: Seat) -> Any:
    return ENDINGS.get(seat.ended_why, seat.ended_why) if seat.ended_at else gettext("Term ended")


FORMER = Table(
    label=_("Former holders"),
    columns=(
        Column(_("Seat"), "code", kind="code", sort="seat", order=("code",)),
        Column(_("Holder"), lambda row: str(row.member), kind="person"),
        Column(_("Role"), lambda row: row.get_role_display(), wide=True),
        Column(_("Team"), lambda row: str(row.team) if row.team else None, wide=True),
        Column(_("From"), "term_from", kind="day", wide=True, sort="from", order=("term_from",)),
        Column(
            _("Ended"), lambda row: row.ended_at or row.term_to, kind="day", sort="ended", order=("ended_at",)
        ),
        Column(_("Why"), _ended, fit=True, end=True),
    ),
    empty=Empty(_("No seat fits this filter"), _("Clear the filter to see all."), icon="landmark"),
    default_sort="-ended",
)
