"""Who may raise cases and found committees. Who may vote the engine alone says (committee-rules §5)."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from committee.choices import SeatRole
from committee.models import Absence, Committee, Conflict, Delegation, Seat
from governance.choices import TeamFunction
from governance.models import Membership, Team, User
from governance.permissions import has_function, is_active


def may_found(user: User) -> bool:
    return has_function(user, TeamFunction.GOVERNANCE)


def may_draft_law(user: User) -> bool:
    """Charter, policies, access rules and seats are drafted by the governance team."""
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


def may_declare_absence(user: User, seat: Seat) -> bool:
    """The holder of the seat, or who keeps the committee's files."""
    return is_active(user) and user.pk in {seat.member_id, seat.committee.secretary_id}


def may_end_delegation(user: User, delegation: Delegation) -> bool:
    """Either of the two may step back from it; the secretary where both are away."""
    people = {delegation.principal.member_id, delegation.delegate.member_id}
    return is_active(user) and user.pk in people | {delegation.committee.secretary_id}


def keeps_any_files(user: User) -> bool:
    """Whether the user is secretary of a committee, or presides over one today."""
    return any(keeps_files(user, body) for body in Committee.objects.all())


def may_register_conflict(user: User, member: User) -> bool:
    return is_active(user) and (user == member or keeps_any_files(user))


def may_end_conflict(user: User, conflict: Conflict) -> bool:
    """One's own declaration one may end; what another declared, only who keeps the files."""
    own = conflict.member_id == user.pk == conflict.declared_by_id
    return is_active(user) and (own or keeps_any_files(user))


def sees_standing(user: User) -> bool:
    """The register is read by the committee: holders, alternates, secretaries, and the governance team."""
    if not is_active(user):
        return False
    seats = Seat.objects.standing().filter(Q(member=user) | Q(alternate=user))
    secretary = Committee.objects.filter(secretary=user)
    return seats.exists() or secretary.exists() or has_function(user, TeamFunction.GOVERNANCE)


def may_watch(user: User) -> bool:
    """Who is shown what is stuck: the governance team, and who keeps the files of a committee."""
    return has_function(user, TeamFunction.GOVERNANCE) or keeps_any_files(user)
