"""Hints of an interest in a case, from what the rooms below know. A hint bars nobody; a declaration does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from catalog import selectors as catalog
from committee import tallying
from committee.choices import INTERESTS
from committee.kinds.wholes import Whole, whole_of
from committee.models import Case
from governance.choices import UserKind
from governance.models import Membership, StandardVersion, User
from modeling import selectors as modeling

Found = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Hint:
    """What may make one person who sits in the case biased; codes in the order of `INTERESTS`."""

    person: User
    codes: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(str(INTERESTS[code]) for code in self.codes)


def hints_of(case: Case, uids: Iterable[str]) -> tuple[Hint, ...]:
    """Hints about the people named; the number of questions asked does not grow with them."""
    people = {u.uid: u for u in User.objects.filter(uid__in=set(uids)).order_by("name")}
    found: dict[str, set[str]] = {}
    for uid, code in _interests(case, people):
        if uid in people:
            found.setdefault(uid, set()).add(code)
    order = list(INTERESTS)
    return tuple(
        Hint(person, tuple(sorted(found[uid], key=order.index)))
        for uid, person in people.items()
        if uid in found
    )


def _interests(case: Case, people: dict[str, User]) -> Found:
    whole = whole_of(case.subject_kind, case.subject_id)
    asks = _OF_WHOLE.get(whole.kind) if whole else None
    if asks and whole:
        yield from asks(whole)
    team = Membership.objects.filter(team_id=case.requesting_team_id).current()
    for uid in team.values_list("user__uid", flat=True):
        yield uid, "same_team"
    home = case.requester.department_id
    for uid, person in people.items():
        if home is not None and person.department_id == home:
            yield uid, "same_department"


def _of_dataset(whole: Whole) -> Found:
    yield from catalog.roles_today(whole.uid)
    for uid in modeling.trainers_on(whole.uid):
        yield uid, "earlier_run"


def _of_standard(whole: Whole) -> Found:
    rows = StandardVersion.objects.filter(standard__uid=whole.uid)
    for author, owner in rows.values_list("created_by__uid", "standard__owner__uid"):
        yield author, "author"
        yield owner, "owner"


_OF_WHOLE: dict[str, Callable[[Whole], Found]] = {"dataset": _of_dataset, "standard": _of_standard}


def sitting_uids(case: Case, barred: Iterable[dict[str, Any]]) -> set[str]:
    """Everybody who might vote in the case: holders and alternates, whoever is barred left out."""
    out = {row["seat"] for row in barred}
    uids: set[str] = set()
    for seat in tallying.seats_known(case):
        if seat["id"] not in out:
            uids.add(seat["member"])
        if seat.get("alternate"):
            uids.add(seat["alternate"]["member"])
    return uids


def concerned(case: Case) -> QuerySet[User]:
    """Whom the page suggests as owner of a condition: those who ask, worked on it, answer for it, or sit.

    Anybody active may own one; but a company has thousands of people, and a ballot three conditions.
    """
    frame = tallying.frame_of(case)
    asked = frame["case"]
    uids = {asked["requester"], *asked["contributors"], frame["committee"].get("secretary", "")}
    uids |= sitting_uids(case, ()) | {uid for uid, _code in _interests(case, {})}
    return User.objects.filter(uid__in=uids, is_active=True, kind=UserKind.PERSON)
