"""The lists of law: every version of every piece, and the versions of one."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from committee.models import LawText
from ui import marks
from ui.tables import Column, Empty, Table


def law_badge(text: LawText) -> SafeString:
    return marks.badge(text.tone, text.get_status_display())


LAW = Table(
    label=_("Law"),
    columns=(
        Column(
            _("Text"),
            str,
            link=lambda row: row.get_absolute_url(),
            sub=lambda row: row.note or row.code,
            sort="code",
            order=("code", "number"),
        ),
        Column(_("Kind"), "get_kind_display", fit=True, sort="kind", order=("kind", "code", "number")),
        Column(_("Committee"), lambda row: str(row.committee), wide=True, sort="committee__code"),
        Column(
            _("Written by"),
            lambda row: str(row.created_by) if row.created_by else "",
            kind="person",
            wide=True,
        ),
        Column(_("Digest"), "digest", kind="hash", wide=True),
        Column(_("Written"), "created_at", kind="day", sort="created_at", wide=True),
        Column(_("In force since"), "adopted_at", kind="day", sort="adopted_at", wide=True),
        Column(_("Status"), law_badge, fit=True, end=True, sort="status"),
    ),
    empty=Empty(
        _("No text fits this filter"),
        _("Charter, policies, access rules and seats are texts that change by decision only."),
        icon="scale",
    ),
    default_sort="kind",
)

VERSIONS = Table(
    label=_("Versions"),
    columns=(
        Column(
            _("Version"),
            lambda row: f"{row.number}",
            link=lambda row: row.get_absolute_url(),
            sub="note",
            sort="number",
        ),
        Column(_("Status"), law_badge, fit=True, end=True, sort="status"),
    ),
    empty=Empty(_("No version yet")),
    default_sort="-number",
    per_page=10,
    prefix="v",
)
