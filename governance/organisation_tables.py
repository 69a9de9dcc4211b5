"""The lists of the organisation pages: teams, people of a department, memberships, rows of an import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.models import Team
from governance.registry import AddedColumns
from governance.selectors.people_import import Step
from ui import marks
from ui.tables import Column, Empty, Table

_TEAM_COLUMNS = (
    Column(
        _("Team"),
        str,
        link=lambda row: row.get_absolute_url(),
        sub=lambda row: row.code,
        sort="team",
        order=("code",),
    ),
    Column(_("Function"), lambda row: row.get_function_display(), sort="function", order=("function",)),
    Column(_("Members"), "members", kind="number", sort="members", order=("members",), name_on_phone=True),
)


def teams_table(added: Sequence[AddedColumns] = ()) -> Table:
    """Teams with what other rooms add to each."""
    more = [
        Column(label, _cell(columns, place), wide=True)
        for columns in added
        for place, label in enumerate(columns.labels)
    ]
    return Table(
        label=_("Teams"),
        columns=(*_TEAM_COLUMNS, *more),
        empty=Empty(_("No team fits this filter"), _("Clear the filter to see all."), icon="users"),
        default_sort="team",
        prefix="t",
    )


def _cell(added: AddedColumns, place: int) -> Callable[[Team], Any]:
    return lambda row: added.cells[str(row.pk)][place] if str(row.pk) in added.cells else None


PEOPLE = Table(
    label=_("People"),
    columns=(
        Column(_("Person"), str, link=lambda row: row.get_absolute_url(), sort="name", order=("name",)),
        Column(_("User name"), "username", kind="code", sort="username", order=("username",)),
        Column(_("E-mail"), "email", wide=True),
        Column(_("Kind"), lambda row: row.get_kind_display(), fit=True, wide=True),
    ),
    empty=Empty(_("Nobody is in this department"), icon="users"),
    default_sort="name",
)


def _state(row: Any) -> Any:
    if not row.user.is_active:
        return marks.badge("idle", _("Has left"))
    return (
        marks.badge("idle", _("Ended"), plain=True)
        if row.over
        else marks.badge("ok", pgettext_lazy("team", "Member"), plain=True)
    )


_SINCE = Column(_("Since"), "since", kind="day", sort="since", order=("since",))
_UNTIL = Column(_("Until"), "until", kind="day", wide=True, sort="until", order=("until",))
_STATE = Column(_("State"), _state, fit=True, end=True)

MEMBERS = Table(
    label=_("Members"),
    columns=(
        Column(
            _("Person"),
            lambda row: str(row.user),
            link=lambda row: row.user.get_absolute_url(),
            sub=lambda row: str(row.user.department or ""),
            sort="name",
            order=("user__name",),
        ),
        _SINCE,
        _UNTIL,
        _STATE,
    ),
    empty=Empty(_("Nobody is in this team"), icon="users"),
    default_sort="name",
)

TEAMS_OF = Table(
    label=_("Teams over time"),
    columns=(
        Column(
            _("Team"),
            lambda row: str(row.team),
            link=lambda row: row.team.get_absolute_url(),
            sub=lambda row: row.team.get_function_display(),
        ),
        _SINCE,
        _UNTIL,
        _STATE,
    ),
    empty=Empty(_("Never in a team"), _("Teams give people their functions."), icon="users"),
    default_sort="-since",
)

_OUTCOMES = {
    "create": ("ok", _("Create")),
    "update": ("info", _("Change")),
    "unchanged": ("idle", _("Unchanged")),
    "error": ("bad", _("Error")),
}
KINDS = {
    "department": _("Department"),
    "team": _("Team"),
    "person": _("Person"),
    "service": _("Service account"),
    "membership": _("Membership"),
}


def _outcome(step: Step) -> Any:
    tone, label = _OUTCOMES[step.outcome]
    return marks.badge(tone, label, plain=step.outcome == "unchanged")


STEPS = Table(
    label=_("Rows of the file"),
    columns=(
        Column(_("Line"), "line", kind="number"),
        Column(_("Kind"), lambda row: KINDS.get(row.kind, row.kind[:40]), fit=True),
        Column(_("Name"), "name", kind="code", lead=True),
        Column(
            pgettext_lazy("import", "What follows"), lambda row: row.text or row.fields or None, wide=True
        ),
        Column(_("Code"), lambda row: marks.code(row.code) if row.code else None, fit=True, wide=True),
        Column(_("Result"), _outcome, fit=True, end=True),
    ),
    empty=Empty(_("No rows"), icon="users"),
)
