"""Who may raise cases and found committees. Who may vote the engine alone says (committee-rules §5)."""

from __future__ import annotations

from django.utils import timezone

from committee.choices import SeatRole
from committee.models import Absence, Committee, Seat
from governance.choices import TeamFunction
from governance.models import Membership, Team, User
from governance.permissions import has_function, is_active


def may_found(user: User) -> bool:
    return has_function(user, TeamFunction.GOVERNANCE)


def may_raise(user: User, team: Team) -> bool:
    """A case is raised for a team one belongs to today."""
    return is_active(user) and Membership.objects.filter(user=user, team=team).current().exists()


RANKS = (SeatRole.CHAIR, SeatRole.DEPUTY, SeatRole.MEMBER)


def presiding_seat(committee: Committee) -> Seat | None:
    """Who presides outside a case today: the first in office and not absent by (role, term, seat), as §5."""
    away = Absence.objects.filter(first__lte=timezone.localdate(), last__gte=timezone.localdate())
    seats = committee.seats.in_office().exclude(pk__in=away.values("seat")).select_related("member")
    return min(seats, key=lambda s: (RANKS.index(SeatRole(s.role)), s.term_from, s.code), default=None)


def keeps_files(user: User, committee: Committee) -> bool:
    """Whether the user is the committee's secretary or presides over it today."""
    if not is_active(user):
        return False
    seat = presiding_seat(committee)
    return committee.secretary_id == user.pk or (seat is not None and seat.member_id == user.pk)


def may_keep_calendar(user: User, committee: Committee) -> bool:
    return keeps_files(user, committee) or has_function(user, TeamFunction.GOVERNANCE)
