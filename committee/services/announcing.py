"""Who is told of an event beyond those it is about, and what comes onto the agenda with it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from committee.models import Case, Committee
from committee.services import agenda
from governance import notices
from governance.models import User
from governance.subject_ref import SubjectRef

LONGEST_QUOTE = 400


def holders_of(committee: Committee) -> QuerySet[User]:
    """Everybody who holds a seat in office."""
    return User.objects.filter(pk__in=committee.seats.in_office().values("member"))


def quoted(text: str) -> str:
    """A reason as a notice repeats it; the whole text stands in the record."""
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def event_announce(case: Case, actor: User | None, event: dict[str, Any]) -> None:
    """Write the notices and agenda entries of one event, inside its transaction."""
    announce = _ANNOUNCERS.get(event["type"])
    if announce is not None and actor is not None:
        announce(case, actor, event)


def _about(case: Case) -> SubjectRef:
    return SubjectRef("case", case.uid, case.subject_digest)


def _conflict(case: Case, actor: User, event: dict[str, Any]) -> None:
    """A conflict declared by somebody else is shown to the person, with its reason."""
    if event["member"] != actor.uid:
        person = User.objects.filter(uid=event["member"])
        words = {"number": case.number, "person": actor.name, "reason": quoted(event["reason"])}
        notices.send(person, "conflict_declared_for_you", _about(case), **words)


def _revoked(case: Case, actor: User, event: dict[str, Any]) -> None:
    words = {"number": case.number, "person": actor.name, "reason": quoted(event["reason"])}
    notices.send(holders_of(case.committee), "permit_revoked", _about(case), **words)
    agenda.entry_add(case.committee, "permit_revoked", _about(case), **words)


def _deferred(case: Case, actor: User, event: dict[str, Any]) -> None:
    words = {"number": case.number, "until": event["until"], "reason": quoted(event["reason"])}
    agenda.entry_add(case.committee, "case_deferred", _about(case), **words)


def _glass(case: Case, actor: User, event: dict[str, Any]) -> None:
    first = User.objects.get(uid=event["by"][0])
    words = {
        "number": case.number,
        "first": first.name,
        "second": actor.name,
        "hours": event["hours"],
        "reason": quoted(event["reason"]),
    }
    notices.send(holders_of(case.committee), "glass_broken", _about(case), **words)
    agenda.entry_add(case.committee, "glass_broken", _about(case), **words)


_ANNOUNCERS = {
    "conflict_declared": _conflict,
    "revoked": _revoked,
    "deferred": _deferred,
    "break_glass": _glass,
}
