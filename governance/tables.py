"""The lists of governance pages."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from governance import selectors
from governance.choices import PERMIT_TONES, STANDARD_TONES, PermitStatus, Severity, StandardStatus
from governance.models import Membership, Rule
from ui import marks
from ui.blocks import Change
from ui.tables import Column, Empty, Table


def permit_badge(row: selectors.PermitRow) -> Any:
    if not row.authentic:
        return marks.badge("bad", _("Signature does not match"))
    return marks.badge(PERMIT_TONES[row.status], PermitStatus(row.status).label)


def standard_badge(row: selectors.StandardRow) -> Any:
    if row.version is None:
        return None
    return marks.badge(STANDARD_TONES[row.version.status], StandardStatus(row.version.status).label)


def _ledger_words(row: selectors.LedgerRow) -> Any:
    if row.hidden:
        return marks.masked()
    if row.url:
        return format_html('<a href="{}">{}</a>', row.url, row.title)
    whole = row.entry.subject_kind == "action"  # the name of a refused action
    return row.title or marks.code(row.entry.subject_id if whole else row.entry.subject_id[:12])


def _ledger_outcome(row: selectors.LedgerRow) -> Any:
    if row.entry.accepted:
        return marks.badge("ok", _("Done"), plain=True)
    return marks.badge("bad", row.entry.code or _("Refused"))


STANDARDS = Table(
    label=_("Standards"),
    columns=(
        Column(
            _("Standard"),
            lambda row: row.standard.name,
            link=lambda row: row.standard.get_absolute_url(),
            sub=lambda row: str(row.standard),
            sort="name",
            order=("name",),
        ),
        Column(_("Version"), lambda row: row.version.version if row.version else None, fit=True),
        Column(_("Rules"), "rules", kind="number", wide=True),
        Column(_("Owner"), lambda row: str(row.standard.owner), kind="person", wide=True),
        Column(
            _("Since"), lambda row: row.version.in_force_at if row.version else None, kind="day", wide=True
        ),
        Column(_("Status"), standard_badge, fit=True, end=True),
    ),
    empty=Empty(
        _("No standard fits this filter"),
        _("A standard says what clean data is. Draft the first one."),
        icon="ruler",
    ),
    default_sort="name",
    present=selectors.standard_rows,
)

PERMITS = Table(
    label=_("Permits"),
    columns=(
        Column(
            _("Permit"),
            lambda row: row.title,
            link=lambda row: row.permit.get_absolute_url(),
            sub=lambda row: f"{row.permit.action} · {row.permit.purpose}",
        ),
        Column(
            _("Resolution"),
            lambda row: row.permit.decision.resolution if row.permit.decision else None,
            kind="code",
            wide=True,
        ),
        Column(
            _("From"), "permit.valid_from", kind="day", wide=True, sort="valid_from", order=("valid_from",)
        ),
        Column(_("Until"), "permit.valid_until", kind="day", sort="valid_until", order=("valid_until",)),
        Column(_("Status"), permit_badge, fit=True, end=True),
    ),
    empty=Empty(
        _("No permit fits this filter"), _("A permit is what an approving decision gives."), icon="key-round"
    ),
    default_sort="-valid_from",
    present=selectors.permit_rows,
)

LEDGER = Table(
    label=_("Ledger"),
    columns=(
        Column(_("No."), "entry.seq", kind="number", sort="seq", order=("seq",)),
        Column(_("When"), "at", kind="short"),
        Column(_("Event"), "entry.type", kind="code"),
        Column(_("About"), _ledger_words),
        Column(_("By"), "actor", wide=True),
        Column(_("Result"), _ledger_outcome, fit=True),
        Column(_("Hash"), "entry.hash", kind="hash", end=True),
    ),
    empty=Empty(_("No entry fits this filter"), _("Clear the filter to see all."), icon="scroll-text"),
    default_sort="-seq",
    per_page=50,
    as_list=False,
)


def severity_tag(row: Rule) -> Any:
    return marks.tag(Severity(row.severity).label if row.severity in Severity.values else row.severity)


def rule_diff(changes: list[selectors.RuleChange]) -> list[Change]:
    """Rows of the comparison of two versions: the rule's words and severity before and after."""
    return [Change(c.op, marks.code(c.name), _told(c.before), _told(c.after)) for c in changes]


def _told(rule: Rule | None) -> str | None:
    return f"{rule.words} · {Severity(rule.severity).label}" if rule else None


def _function(row: Membership) -> Any:
    return row.team.get_function_display()


MEMBERS = Table(
    label=_("People and teams"),
    columns=(
        Column(
            _("Person"),
            lambda row: str(row.user),
            kind="text",
            sub=lambda row: str(row.user.department or ""),
        ),
        Column(_("Team"), lambda row: str(row.team)),
        Column(_("Function"), _function, wide=True),
        Column(_("Since"), "since", kind="day", wide=True, sort="since", order=("since",)),
    ),
    empty=Empty(_("Nobody is in a team yet"), _("Teams give people their functions."), icon="users"),
)

RULES = Table(
    label=_("Rules"),
    columns=(
        Column(
            _("Rule"), "rule_id", kind="code", sub="kind", sort="rule_id", order=("object_name", "position")
        ),
        Column(_("Object"), "object_name", wide=True),
        Column(_("What it says"), lambda row: row.words),
        Column(_("Dimension"), lambda row: marks.tag(row.dimension), fit=True, wide=True),
        Column(_("Severity"), severity_tag, fit=True, end=True),
    ),
    empty=Empty(_("This version has no rule"), "", icon="ruler"),
    per_page=50,
    as_list=False,
)

VERSIONS = Table(
    label=_("Versions"),
    columns=(
        Column(_("Version"), "version", link=lambda row: row.get_absolute_url(), sub="note"),
        Column(_("Drafted"), "created_at", kind="day"),
        Column(
            _("Status"),
            lambda row: marks.badge(STANDARD_TONES[row.status], row.get_status_display()),
            fit=True,
            end=True,
        ),
    ),
    empty=Empty(_("No version yet"), "", icon="ruler"),
)

USES = Table(
    label=_("Uses and refusals"),
    columns=(
        Column(_("When"), "at", kind="short"),
        Column(_("Event"), lambda row: row.get_kind_display()),
        Column(_("By"), lambda row: str(row.actor) if row.actor else None, wide=True),
        Column(_("Job"), lambda row: row.job_kind or None, kind="code", wide=True),
        Column(_("CPU s"), "cpu_seconds", kind="number", decimals=1, wide=True),
        Column(
            _("Result"),
            lambda row: (
                marks.badge("bad", row.code) if row.code else marks.badge("ok", _("Let in"), plain=True)
            ),
            fit=True,
            end=True,
        ),
    ),
    empty=Empty(_("Not used yet"), _("Each use and each refusal is listed here."), icon="key-round"),
)
