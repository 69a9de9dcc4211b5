"""Founding: one act that sets the first charter, seats, policies and access rules (house: founding)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from committee import tallying
from committee.choices import LawKind, LawStatus, SeatRole
from committee.engine import InputFault
from committee.exceptions import CharterInvalid, CommitteeExists
from committee.models import Committee, LawText, Seat
from committee.seating import seat_document
from committee.services.calendar import calendar_founded
from governance import ledger
from governance.choices import AccessAction, Level
from governance.database.locks import locked
from governance.models import AccessRule, LedgerHead, Team, User
from governance.record.canonical import canonical_bytes, digest_of
from governance.subject_ref import SubjectRef

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class SeatSpec:
    """Who sits where at the founding. Dates are ISO text, `term_to` empty for no end."""

    code: str
    member: User
    role: str
    functions: tuple[str, ...]
    team: Team | None
    term_from: str
    term_to: str = ""
    alternate: User | None = None


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """A policy as data: `document` is {id, match, set} of committee-rules §4."""

    title: str
    title_zh: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Founding:
    """Everything a committee starts with."""

    code: str
    name: str
    name_zh: str
    secretary: User | None
    calendar: dict[str, Any]
    charter: dict[str, Any]
    seats: Sequence[SeatSpec]
    policies: Sequence[PolicySpec] = ()
    access: dict[str, int] = field(default_factory=dict)


@transaction.atomic
def committee_found(*, actor: User, founding: Founding) -> Committee:
    """Write the body and its law. Raises CommitteeExists, CharterInvalid (the engine refuses the rules)."""
    list(
        locked(LedgerHead.objects.filter(id=1))
    )  # two foundings at once: the second waits here and sees the first
    if Committee.objects.exists():
        raise CommitteeExists
    return _write(actor, founding)


@transaction.atomic
def committee_add(*, actor: User | None, founding: Founding) -> Committee:
    """Write a further committee with its law: once adopted. Raises CharterInvalid."""
    if Committee.objects.filter(code=founding.code).exists():
        raise CharterInvalid(path="/code", reason="duplicate_id")
    return _write(actor, founding)


def founding_check(founding: Founding) -> None:
    """Write it all and take it back: what cannot be founded is refused now. Raises CharterInvalid."""
    with transaction.atomic():
        if Committee.objects.filter(code=founding.code).exists():
            raise CharterInvalid(path="/code", reason="duplicate_id")
        with suppress(_TakenBack), transaction.atomic():
            _checked_body(founding)
            raise _TakenBack


class _TakenBack(Exception):
    """Lets the database forget what was written for a try."""


def _write(actor: User | None, founding: Founding) -> Committee:
    committee = _checked_body(founding)
    subject = SubjectRef("committee", committee.uid)
    texts = LawText.objects.filter(committee=committee).order_by("pk")
    data = {"law": {f"{text.kind}/{text.code}": text.digest for text in texts}, "access": founding.access}
    ledger.append(type="committee.founded", actor=actor, subject=subject, data=data)
    return committee


def _checked_body(founding: Founding) -> Committee:
    try:
        with transaction.atomic():
            committee = _body(founding)
    except IntegrityError as error:
        raise CharterInvalid(path="/seats", reason="duplicate_member") from error
    except (ValidationError, DataError) as error:
        raise CharterInvalid(path="/", reason="bad_value") from error
    _check_rules(committee)
    return committee


def _body(founding: Founding) -> Committee:
    calendar, source = calendar_founded(founding.calendar)
    committee = Committee.objects.create(
        code=founding.code,
        name=founding.name,
        name_zh=founding.name_zh,
        secretary=founding.secretary,
        calendar=calendar,
        calendar_source=source,
    )
    _named(founding.charter.get("version"), "/charter/version")
    _law(committee, LawKind.CHARTER, "charter", founding.charter)
    for spec in founding.policies:
        name = _named(spec.document.get("id"), "/policies/id")
        _law(committee, LawKind.POLICY, name, spec.document, title=spec.title, title_zh=spec.title_zh)
    for seat in founding.seats:
        _law(committee, LawKind.SEAT, seat.code, seat_document(_seat(committee, seat)))
    for action, level in founding.access.items():
        _access(action, level)
        document = {"action": action, "min_level": level}
        _law(committee, LawKind.ACCESS_RULE, action, document)
    return committee


def _law(
    committee: Committee,
    kind: str,
    code: str,
    document: dict[str, Any],
    *,
    title: str = "",
    title_zh: str = "",
) -> LawText:
    """The first version of a piece of law, in force by the founding itself."""
    return LawText.objects.create(
        committee=committee,
        kind=kind,
        code=code,
        title=title,
        title_zh=title_zh,
        document=canonical_bytes(document).decode(),
        digest=digest_of(document),
        status=LawStatus.IN_FORCE,
        adopted_at=timezone.now(),
    )


def _access(action: str, level: int) -> None:
    if action not in AccessAction.values or level not in Level.values:
        raise CharterInvalid(path=f"/access/{action}", reason="unknown_action_or_level")
    AccessRule.objects.update_or_create(action=action, defaults={"min_level": level})


def _check_rules(committee: Committee) -> None:
    """Let the engine read the rules as for a case; what it refuses is refused here, with the place."""
    try:
        tallying.dry_run(committee)
    except InputFault as fault:
        raise CharterInvalid(path=fault.path, reason=fault.code) from fault


def _named(name: Any, path: str) -> str:
    """A name the engine and the column can hold (committee-case schema, `id`)."""
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        raise CharterInvalid(path=path, reason="schema")
    return name


def _seat(committee: Committee, spec: SeatSpec) -> Seat:
    if spec.role not in SeatRole.values:
        raise CharterInvalid(path=f"/seats/{spec.code}/role", reason=spec.role)
    return Seat.objects.create(
        committee=committee,
        code=spec.code,
        place=spec.code,
        member=spec.member,
        role=spec.role,
        functions=list(spec.functions),
        team=spec.team,
        alternate=spec.alternate,
        term_from=spec.term_from,
        term_to=spec.term_to or None,
    )
