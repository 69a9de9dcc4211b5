"""Lists of what is stuck and of cases that sleep."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from committee.tables.cases import state_badge
from ui.tables import Column, Empty, Table

STUCK = Table(
    label=_("Stuck"),
    columns=(
        Column(_("What"), "what", link=lambda row: row.url, sub="label"),
        Column(_("Since"), "since", kind="moment"),
    ),
    empty=Empty(_("Nothing is stuck"), _("Every tick has done its work."), icon="circle-check"),
)

ASLEEP = Table(
    label=_("Cases asleep"),
    columns=(
        Column(_("Case"), "local_title", link=lambda row: row.get_absolute_url(), sub="number"),
        Column(_("Raised by"), lambda row: str(row.requester), kind="person", wide=True),
        Column(_("Asleep since"), "asleep_since", kind="short", sort="since", order=("asleep_since",)),
        Column(_("State"), state_badge, fit=True, end=True),
    ),
    empty=Empty(_("No case is asleep"), _("Drafts, returned and deferred cases move on."), icon="gavel"),
    default_sort="since",
)
