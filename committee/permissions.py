"""Who may raise cases and found committees. Who may vote the engine alone says (committee-rules §5)."""

from __future__ import annotations

from governance.choices import TeamFunction
from governance.models import Membership, Team, User
from governance.permissions import has_function, is_active


def may_found(user: User) -> bool:
    return has_function(user, TeamFunction.GOVERNANCE)


def may_raise(user: User, team: Team) -> bool:
    """A case is raised for a team one belongs to today."""
    return is_active(user) and Membership.objects.filter(user=user, team=team).current().exists()
