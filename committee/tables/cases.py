"""The lists of committee pages: cases, the ledger of one case, its seats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from committee.choices import BallotChoice, CaseOutcome, SeatRole
from committee.models import Case
from committee.selectors import CaseView, EventLine, SeatRow
from governance.choices import Level
from ui import marks
from ui.blocks import Event
from ui.tables import Column, Empty, Table

CHOICE_TONES = {"approve": "ok", "reject": "bad", "abstain": "idle", "recuse": "idle"}


def state_badge(case: Case) -> SafeString:
    return marks.badge(case.tone, case.state_word, case.state_icon)


def view_badge(view: CaseView) -> SafeString:
    """State by the engine now, which may be ahead of the stored one by a tick."""
    shown = Case(state=view.state, outcome=view.outcome)
    return state_badge(shown)


def _votes(case: Case) -> Any:
    counts = case.tally.get("counts")
    if not counts:
        return None
    return gettext("%(have)s of %(needed)s") % {
        "have": counts["quorum_have"],
        "needed": counts["quorum_needed"],
    }


CASES = Table(
    label=_("Cases"),
    columns=(
        Column(
            _("Case"),
            "local_title",
            link=lambda row: row.get_absolute_url(),
            sub=lambda row: f"{row.number} · {row.purpose}",
            sort="number",
            order=("number",),
        ),
        Column(_("Raised by"), lambda row: str(row.requester), kind="person", wide=True),
        Column(
            _("Level"),
            lambda row: marks.level(row.level, Level(row.level).label, short=True),
            fit=True,
            wide=True,
        ),
        Column(_("Votes for a quorum"), _votes, fit=True, wide=True),
        Column(_("Raised"), "created_at", kind="day", sort="raised", order=("created_at",), wide=True),
        Column(
            pgettext_lazy("case", "Closes"), "closes_at", kind="short", sort="closes", order=("closes_at",)
        ),
        Column(_("State"), state_badge, fit=True, end=True, sort="state", order=("state", "outcome")),
    ),
    empty=Empty(
        _("No case fits this filter"),
        _("A case asks the committee one question about exactly these bytes."),
        icon="gavel",
    ),
    default_sort="-raised",
)

_ICONS = {
    "seat_added": ("user-plus", "info"),
    "seat_ended": ("user-minus", "idle"),
    "open": ("shield-check", "ok"),
    "ballot": ("check", "info"),
    "returned": ("undo-2", "warn"),
    "resumed": ("play", "info"),
    "deferred": ("calendar-clock", "idle"),
    "withdrawn": ("circle-minus", "idle"),
    "conflict_declared": ("user-x", "idle"),
    "subject_changed": ("triangle-alert", "bad"),
    "condition_met": ("circle-check", "ok"),
    "revoked": ("ban", "bad"),
    "break_glass": ("siren", "bad"),
}
_WORDS = {
    "seat_added": _("Seat {seat} was filled and may vote in this case"),
    "seat_ended": _("Seat {seat} ended; a ballot cast for it stays, an unused one goes"),
    "open": _("{person} opened voting; the evidence is sealed"),
    "returned": _("{person} returned the case for information: {reason}"),
    "resumed": _("{person} resumed the case; the clock runs again"),
    "deferred": _("{person} deferred the case until {until}"),
    "withdrawn": _("{person} withdrew the case"),
    "conflict_declared": _("{person} declared a conflict of interest: {reason}"),
    "subject_changed": _("The content changed; it is no longer what was put to the vote"),
    "condition_met": _("{person} confirmed condition {condition}: {evidence}"),
    "revoked": _("{person} revoked the permit: {reason}"),
    "break_glass": _("{other} and {person} opened emergency access for {hours} hours: {reason}"),
}


def case_ledger(view: CaseView, most: int | None = None) -> list[Event]:
    """What happened in the case, newest first: its events, the closing they led to, and the raising."""
    lines = [(line.at, 2 * line.seq + 1, _event(line)) for line in view.events]
    case = view.case
    if case.closed_at:
        after = sum(line.at <= case.closed_at for line in view.events)
        lines.append((case.closed_at, 2 * after, _closing(view, case.closed_at)))
    words = format_html(gettext("{person} raised the case"), person=_strong(str(case.requester)))
    lines.append((view.built_at, -1, Event(case.created_at, words, "file-text")))
    lines.sort(key=lambda line: line[:2], reverse=True)
    return [event for _at, _order, event in lines[:most]]


def _strong(name: str) -> SafeString:
    return format_html("<strong>{}</strong>", name)


def _closing(view: CaseView, at: dt.datetime) -> Event:
    words = gettext("Voting closed: {outcome}")
    if view.output["resolution"]:
        words = gettext("Voting closed: {outcome}, resolution {resolution}")
    label = CaseOutcome(view.case.outcome).label
    text = format_html(words, outcome=_strong(str(label)), resolution=view.output["resolution"])
    return Event(at, text, "gavel", view.case.tone)


def _event(line: EventLine) -> Event:
    icon, tone = _ICONS.get(line.type, ("circle", ""))
    if line.data.get("choice") == "recuse":
        icon, tone = _ICONS["conflict_declared"]
    return Event(line.at, _ballot(line) if line.type == "ballot" else _fact(line), icon, tone, line.digest)


def _fact(line: EventLine) -> SafeString:
    words = str(_WORDS.get(line.type, line.type))
    if line.type == "conflict_declared" and line.other:
        words = gettext("{person} declared a conflict of interest of {other}: {reason}")
    known = {name: line.data.get(name, "") for name in ("reason", "until", "condition", "evidence", "hours")}
    seat = line.data.get("seat", "")
    known["seat"] = seat["id"] if isinstance(seat, dict) else seat
    return format_html(words, person=_strong(line.person), other=_strong(line.other), **known)


def _ballot(line: EventLine) -> SafeString:
    person = _strong(line.person)
    if line.sealed:
        return format_html(gettext("{person} cast a ballot (sealed)"), person=person)
    if line.data["choice"] == "recuse":
        words, reason = gettext("{person} stepped out of this case"), line.data.get("rationale", "")
    else:
        words, reason = gettext("{person} voted {choice} for {seat}"), line.data.get("rationale", "")
    label = BallotChoice(line.data["choice"]).label
    text = format_html(words, person=person, choice=str(label).lower(), seat=line.data["seat"])
    return format_html('{} <br><span class="muted">{}</span>', text, reason) if reason else text


def seat_lines(view: CaseView) -> Iterator[tuple[SeatRow, str, SafeString, str]]:
    """(seat, note, badge, class of the row) in the order of the frame."""
    for seat in view.seats:
        words = [str(SeatRole(seat.role).label)] if seat.role != SeatRole.MEMBER else []
        words += seat.functions
        if seat.alternate:
            words.append(gettext("%(alternate)s sits in") % {"alternate": seat.alternate})
        if seat.you:
            words.append(gettext("you"))
        out = bool(seat.bars) and not seat.alternate
        yield (
            seat,
            ", ".join(words),
            _seat_badge(view, seat),
            "is-me" if seat.you else "is-out" if out else "",
        )


def _seat_badge(view: CaseView, seat: SeatRow) -> SafeString:
    if seat.choice:
        return marks.badge(CHOICE_TONES[seat.choice], BallotChoice(seat.choice).label)
    if seat.recused:
        return marks.badge("idle", _("Recused"), "circle-minus")
    if seat.bars and not seat.alternate:
        return marks.badge("idle", _("Barred"), "circle-minus")
    if seat.voted:
        return marks.badge("info", _("Sealed"), "lock")
    if view.is_open and seat.sits:
        return marks.badge("warn", _("Your turn"), "clock")
    if view.is_open:
        return marks.badge("idle", _("Not voted yet"))
    return marks.badge("idle", _("No ballot"), "circle-minus")
