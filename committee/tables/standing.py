"""The register of standing facts and the agenda, as lists."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from committee.choices import CaseAction
from committee.models import Absence, Conflict, Delegation
from committee.selectors import AgendaLine
from ui import marks
from ui.tables import Column, Empty, Table

Row = Absence | Delegation | Conflict


def standing_badge(row: Row) -> SafeString:
    """Whether it holds today."""
    if row.cancelled:
        return marks.badge("idle", _("Never began"))
    if row.over:
        return marks.badge("idle", _("Over"))
    if row.first > row.today:
        return marks.badge("info", _("To come"), "clock")
    return marks.badge("ok", _("Holds today"))


def scope_words(row: Delegation) -> str:
    """What a delegation is limited to."""
    words = [str(dict(CaseAction.choices).get(name, name)) for name in row.actions]
    words += row.kinds
    if row.max_level is not None:
        words.append(gettext("up to level L%(level)s") % {"level": row.max_level})
    return " · ".join(words) or gettext("every case")


_FROM = Column(_("From"), "first", kind="day", sort="first", order=("first",))
_DECLARED = Column(_("Recorded by"), lambda row: str(row.declared_by), kind="person", wide=True)
_STATE = Column(_("State"), standing_badge, fit=True, end=True)

ABSENCES = Table(
    label=_("Absences"),
    columns=(
        Column(
            _("Member"),
            lambda row: str(row.seat.member),
            sub=lambda row: row.seat.code,
            sort="member",
            order=("seat__member__name",),
        ),
        Column(_("Reason"), "reason", wide=True),
        _FROM,
        Column(_("To"), "last", kind="day", sort="last", order=("last",)),
        _DECLARED,
        _STATE,
    ),
    empty=Empty(
        _("Nobody is away"),
        _("An absent member does not preside and casts no proxy ballot."),
        "calendar-days",
    ),
    default_sort="-first",
)

DELEGATIONS = Table(
    label=_("Delegations"),
    columns=(
        Column(
            _("Member"),
            lambda row: str(row.principal.member),
            sub=lambda row: row.principal.code,
            sort="member",
            order=("principal__member__name",),
        ),
        Column(_("May vote for them"), lambda row: str(row.delegate.member), kind="person"),
        Column(_("For"), scope_words, wide=True),
        _FROM,
        Column(_("To"), "last", kind="day", sort="last", order=("last",)),
        _STATE,
    ),
    empty=Empty(
        _("No delegation"), _("A member may let another seat cast their ballot for some time."), "users"
    ),
    default_sort="-first",
)

CONFLICTS = Table(
    label=_("Conflicts of interest"),
    columns=(
        Column(
            _("Member"),
            lambda line: str(line.conflict.member),
            sub=lambda line: line.conflict.reason[:200],
            sort="member",
            order=("member__name",),
        ),
        Column(_("Interest in"), lambda line: ", ".join(line.about), wide=True),
        Column(_("From"), "conflict.first", kind="day", sort="first", order=("first",)),
        Column(_("To"), lambda line: line.conflict.last, kind="day"),
        Column(_("Recorded by"), lambda line: str(line.conflict.declared_by), kind="person", wide=True),
        Column(_("State"), lambda line: standing_badge(line.conflict), fit=True, end=True),
    ),
    empty=Empty(
        _("No standing conflict"),
        _("A standing conflict bars a member from every case about the thing or the people named."),
        "user-x",
    ),
    default_sort="-first",
)


def _agenda_state(line: AgendaLine) -> SafeString:
    if line.item.dealt_at is None:
        url = reverse("committee:agenda_item", args=[line.item.uid])
        return format_html(
            '{} <a href="{}">{}</a>',
            marks.badge("warn", _("To be heard"), "clock"),
            url,
            gettext("Deal with it"),
        )
    return marks.badge("idle", _("Dealt with"), "circle-check")


AGENDA = Table(
    label=_("Agenda"),
    columns=(
        Column(_("Point"), "words", sub=lambda line: line.item.note or None),
        Column(_("About"), "title", link=lambda line: line.url, fit=True, wide=True),
        Column(_("Since"), "item.created_at", kind="day", sort="since", order=("created_at",)),
        Column(
            _("Dealt with"),
            lambda line: line.item.dealt_at,
            kind="day",
            sort="dealt",
            order=("dealt_at",),
            wide=True,
        ),
        Column(_("State"), _agenda_state, fit=True, end=True),
    ),
    empty=Empty(
        _("Nothing waits to be heard"),
        _("Revocations, deferrals, emergency access and cases that could not go on come here by themselves."),
        "list-checks",
    ),
    default_sort="-since",
)
