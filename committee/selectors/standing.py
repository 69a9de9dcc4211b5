"""Absences, delegations, standing conflicts: one person's, and the register the committee reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from committee import permissions
from committee.kinds.registry import KINDS
from committee.kinds.wholes import whole_of
from committee.models import Absence, Case, Conflict, Delegation, Seat
from committee.models.standing import current
from governance import registry
from governance.models import Team, User
from governance.subject_ref import SubjectRef

CONFLICT_KINDS = ("dataset", "dataset_version", "standard")
"""Kinds a standing conflict may name: things cases come back to."""


@dataclass(frozen=True, slots=True)
class MySeat:
    """A seat one holds or is alternate of, with what is recorded about it and not over."""

    seat: Seat
    holds: bool
    absences: tuple[Absence, ...]
    given: tuple[Delegation, ...]
    held: tuple[Delegation, ...]


def decidable_kinds() -> list[str]:
    """Words of the kinds a case may be about, each once."""
    return sorted({kind for kind, _action in KINDS})


def seats_of(user: User) -> list[Seat]:
    """Seats one holds, in office or to begin."""
    return list(Seat.objects.standing().filter(member=user).select_related("committee__secretary", "member"))


def my_seats(user: User) -> tuple[MySeat, ...]:
    rows = Seat.objects.standing().filter(Q(member=user) | Q(alternate=user))
    seats = list(rows.select_related("committee__secretary", "member", "alternate"))
    away = list(absences(user).filter(seat__in=seats))
    proxies = list(delegations(user).filter(Q(principal__in=seats) | Q(delegate__in=seats)))
    return tuple(_my_seat(seat, user, away, proxies) for seat in seats)


def _my_seat(seat: Seat, user: User, away: list[Absence], proxies: list[Delegation]) -> MySeat:
    return MySeat(
        seat=seat,
        holds=seat.member_id == user.pk,
        absences=tuple(a for a in away if a.seat_id == seat.pk and not a.over),
        given=tuple(d for d in proxies if d.principal_id == seat.pk and not d.over),
        held=tuple(d for d in proxies if d.delegate_id == seat.pk and not d.over),
    )


def other_seats(seat: Seat) -> QuerySet[Seat]:
    """Seats a delegation of this one may name."""
    rows = seat.committee.seats.in_office().exclude(pk=seat.pk)
    return rows.exclude(member_id=seat.member_id).select_related("member")


def absences(user: User) -> QuerySet[Absence]:
    """Those the reader may see: the register of the committee, or one's own."""
    rows = Absence.objects.select_related("seat__member", "seat__committee__secretary", "declared_by")
    return rows if permissions.sees_standing(user) else rows.filter(seat__member=user)


def delegations(user: User) -> QuerySet[Delegation]:
    rows = Delegation.objects.select_related(
        "principal__member", "delegate__member", "committee__secretary", "declared_by"
    )
    return rows if permissions.sees_standing(user) else rows.filter(principal__member=user)


def conflicts(user: User) -> QuerySet[Conflict]:
    rows = Conflict.objects.select_related("member", "declared_by")
    return rows if permissions.sees_standing(user) else rows.filter(member=user)


def not_over(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those that hold today or begin later."""
    return current(rows)


def parties_known(uids: Iterable[str]) -> set[str]:
    """Of the uids those of people and teams."""
    wanted = set(uids)
    people = User.objects.filter(uid__in=wanted).values_list("uid", flat=True)
    return set(people) | set(Team.objects.filter(uid__in=wanted).values_list("uid", flat=True))


def cases_concerned(subjects: Sequence[str], parties: Sequence[str]) -> list[Case]:
    """Undecided cases a standing conflict bears on: about one of the things, or with one of the parties."""
    named, people = set(subjects), set(parties)
    cases = Case.objects.undecided().select_related("committee").order_by("pk")
    return [case for case in cases if _concerns(case, named, people)]


def _concerns(case: Case, subjects: set[str], parties: set[str]) -> bool:
    if case.subject_id in subjects:
        return True
    asked = json.loads(case.frame)["case"]
    people = {asked["requester"], asked["requesting_team"], *asked["contributors"], *asked["beneficiaries"]}
    if people & parties:
        return True
    whole = whole_of(case.subject_kind, case.subject_id) if subjects else None
    return whole is not None and whole.uid in subjects


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """A standing conflict with the titles of what it names, as far as the reader may see them."""

    conflict: Conflict
    about: tuple[str, ...]


def conflict_lines(rows: Sequence[Conflict], user: User) -> list[ConflictLine]:
    """Titles of everything a page of conflicts names: one question per kind, whatever their number."""
    subjects = {uid for row in rows for uid in row.subjects}
    refs = [SubjectRef(kind, uid) for uid in subjects for kind in CONFLICT_KINDS]
    titles = {uid: title for (_kind, uid), title in registry.titles_for(user, refs).items() if title}
    parties = {uid for row in rows for uid in row.parties}
    people: list[User | Team] = [*User.objects.filter(uid__in=parties), *Team.objects.filter(uid__in=parties)]
    titles |= {found.uid: str(found) for found in people}
    return [
        ConflictLine(row, tuple(titles.get(uid, uid[:12]) for uid in (*row.subjects, *row.parties)))
        for row in rows
    ]
