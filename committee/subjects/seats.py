"""What the seats tell other rooms: the wake-up of a leaver, seats on the pages of people and teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from committee import selectors
from governance import notices, registry
from governance.subject_ref import SubjectRef


def _person_panel(_request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """The seats of a person, and what they answer for in cases: shown on their page and before they go."""
    held = selectors.duties_of(ref.id)
    return {"duties": held} if held.any else None


def _team_panel(_request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    seats = list(selectors.seats_for_team(ref.id))
    return {"seats": seats} if seats else None


def _seats_of_teams(_request: Any, _ref: SubjectRef, rows: Sequence[Any]) -> dict[str, list[Any]]:
    """A column of the list of teams: who sits in the committee for each."""
    found: dict[str, list[Any]] = {}
    for seat in selectors.seats_for_teams(rows):
        line = format_html("{} <code>{}</code>", str(seat.member), seat.place)
        found.setdefault(str(seat.team_id), []).append(line)
    return {
        key: [format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))]
        for key, lines in found.items()
    }


registry.register_reactor("user.deactivated", "committee.clock.on_user_deactivated")
for _slot in ("user.panels", "user.consequences"):
    registry.register_panel(registry.Panel(_slot, "committee/_person_panel.html", _person_panel, order=10))
registry.register_columns(
    registry.RowColumns("organisation.teams", (_("Seats in the committee"),), _seats_of_teams)
)
registry.register_panel(registry.Panel("team.panels", "committee/_team_panel.html", _team_panel, order=10))
for _code, _words in (
    ("seat_left", _("%(person)s left the company; the place “%(place)s” in the committee is vacant.")),
    ("seat_resigned", _("%(person)s gave up the place “%(place)s” in the committee; it is vacant.")),
):
    notices.register_words(_code, _words)
