"""Absences, delegations and standing conflicts: who may record them, and within which bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from committee import permissions, selectors
from committee.actions.checks import bounded, said
from committee.choices import CaseAction
from committee.exceptions import StandingInvalid
from committee.models import Absence, Committee, Conflict, Delegation, Seat
from committee.services import standing
from governance import registry
from governance.models import User
from governance.permissions import allow, is_active
from governance.refusals import governed

LONGEST_DAYS = 366
LONGEST_REASON = 200
MOST_NAMED = 50


def today_of(committee: Committee) -> dt.date:
    """The local date of the committee."""
    return timezone.localdate(timezone=ZoneInfo(committee.calendar["timezone"]))


def _period(first: dt.date, last: dt.date | None, today: dt.date, most: int | None) -> None:
    if first < today:
        raise StandingInvalid(reason=_("it cannot begin before today"))
    if last is not None and last < first:
        raise StandingInvalid(reason=_("it ends before it begins"))
    if most is not None and (last is None or (last - first).days >= most):
        raise StandingInvalid(reason=_("it lasts longer than %(most)s days") % {"most": most})


@governed("absence.declare")
def absence_declare(*, actor: User, seat: Seat, first: dt.date, last: dt.date, reason: str = "") -> Absence:
    """By the holder of the seat, or the secretary. Raises NotPermitted, StandingInvalid, InvalidInput."""
    allow(permissions.may_declare_absence(actor, seat))
    _period(first, last, today_of(seat.committee), LONGEST_DAYS)
    if seat.absences.filter(first=first).exists():
        raise StandingInvalid(reason=_("an absence that begins on that day is recorded already"))
    text = bounded("reason", reason, LONGEST_REASON)
    return standing.absence_declare(actor=actor, seat=seat, first=first, last=last, reason=text)


@governed("absence.end")
def absence_end(*, actor: User, absence: Absence) -> Absence:
    """The same people. It ends with today; the days after it count again. Raises StandingOver."""
    allow(permissions.may_declare_absence(actor, absence.seat))
    return standing.absence_end(actor=actor, absence=absence, today=today_of(absence.seat.committee))


@governed("delegation.give")
def delegation_give(
    *,
    actor: User,
    principal: Seat,
    delegate: Seat,
    first: dt.date,
    last: dt.date,
    actions: Sequence[str] = (),
    kinds: Sequence[str] = (),
    max_level: int | None = None,
) -> Delegation:
    """By the holder of the principal's seat alone. Raises NotPermitted, StandingInvalid."""
    allow(is_active(actor) and principal.member_id == actor.pk)
    _check_seats(principal, delegate)
    _period(first, last, today_of(principal.committee), LONGEST_DAYS)
    _check_scope(actions, kinds, max_level)
    return standing.delegation_give(
        actor=actor,
        principal=principal,
        delegate=delegate,
        first=first,
        last=last,
        actions=actions,
        kinds=kinds,
        max_level=max_level,
    )


def _check_seats(principal: Seat, delegate: Seat) -> None:
    if principal.pk == delegate.pk or principal.member_id == delegate.member_id:
        raise StandingInvalid(reason=_("a seat cannot delegate to itself"))
    if principal.committee_id != delegate.committee_id:
        raise StandingInvalid(reason=_("the two seats are not of one committee"))
    office = principal.committee.seats.in_office()
    if office.filter(pk__in=[principal.pk, delegate.pk]).count() < 2:
        raise StandingInvalid(reason=_("both seats have to be in office"))


def _check_scope(actions: Sequence[str], kinds: Sequence[str], max_level: int | None) -> None:
    if not set(actions) <= set(CaseAction.values):
        raise StandingInvalid(reason=_("one of the actions is unknown"))
    if not set(kinds) <= set(selectors.decidable_kinds()):
        raise StandingInvalid(reason=_("one of the kinds of subject is unknown"))
    if max_level is not None and not 1 <= max_level <= 5:
        raise StandingInvalid(reason=_("the level lies outside 1 to 5"))


@governed("delegation.end")
def delegation_end(*, actor: User, delegation: Delegation) -> Delegation:
    """By either of the two holders, or the secretary. Raises NotPermitted, StandingOver."""
    allow(permissions.may_end_delegation(actor, delegation))
    return standing.delegation_end(actor=actor, delegation=delegation, today=today_of(delegation.committee))


@governed("conflict.register")
def conflict_register(
    *,
    actor: User,
    member: User,
    last: dt.date | None = None,
    subjects: Sequence[str] = (),
    parties: Sequence[str] = (),
    reason: str = "",
) -> Conflict:
    """One's own; or by presiding member or secretary another's, who is told the reason.

    It holds from today: undecided cases it concerns bar the person at once.
    Raises NotPermitted, StandingInvalid, InvalidInput.
    """
    allow(permissions.may_register_conflict(actor, member))
    text, today = said("reason", reason), timezone.localdate()
    _period(today, last, today, None)
    if not subjects and not parties:
        raise StandingInvalid(reason=_("it has to name a thing, a person or a team"))
    _check_named(actor, subjects, parties)
    return standing.conflict_register(
        actor=actor,
        member=member,
        first=today,
        last=last,
        subjects=subjects,
        parties=parties,
        reason=text,
        concerned=selectors.cases_concerned(subjects, parties),
    )


def _check_named(actor: User, subjects: Sequence[str], parties: Sequence[str]) -> None:
    if len(subjects) + len(parties) > MOST_NAMED:
        raise StandingInvalid(reason=_("it names more than %(most)s things") % {"most": MOST_NAMED})
    if len(selectors.parties_known(parties)) < len(set(parties)):
        raise StandingInvalid(reason=_("one of the people and teams is unknown"))
    if not all(_visible(actor, uid) for uid in subjects):
        raise StandingInvalid(reason=_("one of the things named is unknown"))


def _visible(actor: User, uid: str) -> bool:
    kinds = (registry.kind_of(word) for word in selectors.CONFLICT_KINDS)
    return any(kind and kind.visible(actor, uid) and kind.title(uid) is not None for kind in kinds)


@governed("conflict.end")
def conflict_end(*, actor: User, conflict: Conflict) -> Conflict:
    """By whoever recorded it, or presiding member or secretary; not by the person against their will.

    Raises NotPermitted, StandingOver.
    """
    allow(permissions.may_end_conflict(actor, conflict))
    return standing.conflict_end(actor=actor, conflict=conflict, today=timezone.localdate())
