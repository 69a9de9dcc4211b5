"""The lists of governance pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from governance import selectors
from governance.choices import (
    DIMENSION_ICONS,
    PERMIT_TONES,
    SEVERITY_ICONS,
    STANDARD_TONES,
    Dimension,
    PermitStatus,
    Severity,
    StandardStatus,
)
from governance.models import Membership, Rule
from governance.registry import AddedColumns
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

EDITS = Table(label=_("Edits"), columns=(), empty=Empty(_("Not edited yet")))
"""Only cut into pages: each edit has a form of its own, which the page draws."""

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
    if row.severity not in Severity.values:
        return marks.tag(row.severity)
    return marks.tag(Severity(row.severity).label, SEVERITY_ICONS[row.severity])


def dimension_tag(row: Rule) -> Any:
    if row.dimension not in Dimension.values:
        return marks.tag(row.dimension)
    return marks.tag(Dimension(row.dimension).label, DIMENSION_ICONS[row.dimension])


EDIT_WORDS = {
    "rule_add": _("rule added"),
    "rule_change": _("rule changed"),
    "rule_remove": _("rule removed"),
    "column_set": _("column changed"),
    "column_add": _("column added"),
    "column_remove": _("column removed"),
    "number": _("number set"),
    "text": _("text rewritten"),
    "restore": _("earlier text put back"),
}


def edit_words(changes: Sequence[Sequence[str]]) -> str:
    """What an edit of a draft did: `rule changed amount.range`."""
    told = [f"{EDIT_WORDS.get(do, do)} {rule or column}".strip() for do, _object, rule, column in changes]
    return ", ".join(told)


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
            link=lambda row: row.user.get_absolute_url(),
            kind="text",
            sub=lambda row: str(row.user.department or ""),
        ),
        Column(_("Team"), lambda row: str(row.team), link=lambda row: row.team.get_absolute_url()),
        Column(_("Function"), _function, wide=True),
        Column(_("Since"), "since", kind="day", wide=True, sort="since", order=("since",)),
    ),
    empty=Empty(_("Nobody is in a team yet"), _("Teams give people their functions."), icon="users"),
)

RULE_COLUMNS = (
    Column(
        _("Rule"),
        lambda row: marks.code(row.rule_id),
        sub=lambda row: row.words,
        sort="rule_id",
        order=("object_name", "position"),
        lead=True,
    ),
    Column(_("Severity"), severity_tag, fit=True),
    Column(_("Dimension"), dimension_tag, fit=True),
    Column(
        _("Compiles to"),
        lambda row: format_html('<code class="breaks">{}</code>', row.form) if row.form else None,
    ),
)


def rules_table(added: Sequence[AddedColumns] = (), edit: Callable[[Rule], str] | None = None) -> Table:
    """The rules of a version with what other rooms add to each; in the editor each leads to its form."""
    more = [
        Column(label, _cell(columns, place), fit=True)
        for columns in added
        for place, label in enumerate(columns.labels)
    ]
    first = replace(RULE_COLUMNS[0], link=edit) if edit else RULE_COLUMNS[0]
    return Table(
        label=_("Rules"),
        columns=(first, *RULE_COLUMNS[1:], *more),
        empty=Empty(_("No rule fits this filter"), _("Clear the filter to see all."), icon="ruler"),
        per_page=50,
        as_list=False,
    )


def _cell(added: AddedColumns, place: int) -> Callable[[Rule], Any]:
    return lambda row: added.cells[str(row.pk)][place] if str(row.pk) in added.cells else None


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
