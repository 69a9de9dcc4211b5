"""Standing facts about members: absences, delegations, conflicts; carried into the cases that run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from committee import tallying
from committee.exceptions import EventRefused, StandingOver
from committee.models import Absence, Case, Conflict, Delegation, Seat
from committee.sealing import standing_content
from committee.services import agenda, amendments, announcing, cases, closing
from governance import ledger, notices
from governance.database.locks import locked
from governance.models import User
from governance.record.canonical import digest_of
from governance.subject_ref import SubjectRef

Row = Absence | Delegation | Conflict


def _seal(type: str, actor: User, kind: str, row: Row, **more: Any) -> None:
    data = standing_content(row)
    told = {name: data[name] for name in ("first", "last")}
    ledger.append(
        type=type,
        actor=actor,
        subject=SubjectRef(kind, row.uid),
        data={"digest": digest_of(data), **told, **more},
    )


@transaction.atomic
def absence_declare(*, actor: User, seat: Seat, first: dt.date, last: dt.date, reason: str) -> Absence:
    running = amendments.cases_locked(seat.committee)
    row = Absence.objects.create(seat=seat, first=first, last=last, reason=reason, declared_by=actor)
    amended = amendments.fact_amend(actor=actor, cases=running, kind="absence", data=absence_data(row))
    _seal("absence.declared", actor, "absence", row, seat=seat.code, cases=amended)
    return row


def absence_data(row: Absence) -> dict[str, Any]:
    """An absence as an amendment of a case holds it."""
    return {"id": row.uid, "seat": row.seat.code, **tallying.period_frame(row)}


@transaction.atomic
def absence_end(*, actor: User, absence: Absence, today: dt.date) -> Absence:
    """Let it end with today; one that has not begun never does. Raises StandingOver."""
    running = amendments.cases_locked(absence.seat.committee)
    data = absence_data(absence)
    _shorten(absence, today)
    amended = amendments.fact_end(actor=actor, cases=running, kind="absence", data=data, last=today)
    _seal("absence.ended", actor, "absence", absence, seat=absence.seat.code, cases=amended)
    return absence


@transaction.atomic
def delegation_give(
    *,
    actor: User,
    principal: Seat,
    delegate: Seat,
    first: dt.date,
    last: dt.date,
    actions: Sequence[str],
    kinds: Sequence[str],
    max_level: int | None,
) -> Delegation:
    running = amendments.cases_locked(principal.committee)
    row = Delegation.objects.create(
        committee=principal.committee,
        principal=principal,
        delegate=delegate,
        first=first,
        last=last,
        actions=sorted(set(actions)),
        kinds=sorted(set(kinds)),
        max_level=max_level,
        declared_by=actor,
    )
    data = tallying.delegation_frame(row)
    amended = amendments.fact_amend(actor=actor, cases=running, kind="delegation", data=data)
    words = {"person": actor.name, "first": str(first), "last": str(last)}
    subject = SubjectRef("delegation", row.uid)
    notices.send([delegate.member], "delegation_given", subject, **words)
    _seal("delegation.given", actor, "delegation", row, **_seats(row), cases=amended)
    return row


def _seats(row: Delegation) -> dict[str, str]:
    return {"principal": row.principal.code, "delegate": row.delegate.code}


@transaction.atomic
def delegation_end(*, actor: User, delegation: Delegation, today: dt.date) -> Delegation:
    """Let it end with today; one that has not begun never does. Raises StandingOver."""
    running = amendments.cases_locked(delegation.committee)
    data = tallying.delegation_frame(delegation)
    _shorten(delegation, today)
    amended = amendments.fact_end(actor=actor, cases=running, kind="delegation", data=data, last=today)
    _seal("delegation.ended", actor, "delegation", delegation, **_seats(delegation), cases=amended)
    return delegation


@transaction.atomic
def conflict_register(
    *,
    actor: User,
    member: User,
    first: dt.date,
    last: dt.date | None,
    subjects: Sequence[str],
    parties: Sequence[str],
    reason: str,
    concerned: Sequence[Case],
) -> Conflict:
    """Record it, and declare it in each undecided case it concerns."""
    list(locked(Case.objects.filter(pk__in=[case.pk for case in concerned]).order_by("pk")))
    row = Conflict.objects.create(
        member=member,
        first=first,
        last=last,
        subjects=sorted(set(subjects)),
        parties=sorted(set(parties)),
        reason=reason,
        declared_by=actor,
    )
    declared = sum(_declare(actor, case, member, reason) for case in concerned)
    if member != actor:
        words = {"person": actor.name, "reason": announcing.quoted(reason)}
        notices.send([member], "conflict_registered_for_you", SubjectRef("conflict", row.uid), **words)
    _seal("conflict.registered", actor, "conflict", row, member=member.uid, cases=declared)
    return row


def _declare(actor: User, case: Case, member: User, reason: str) -> bool:
    """In one case; where the person declaring may not do so there, the committee has to hear of it."""
    fields = {"member": member.uid, "reason": reason}
    try:
        cases.case_event_record(actor=actor, case=case, type="conflict_declared", fields=fields)
    except EventRefused as refused:
        words = {"number": case.number, "person": member.name, "code": refused.code}
        agenda.entry_add(case.committee, "conflict_not_declared", closing.subject_of(case), **words)
        return False
    return True


@transaction.atomic
def conflict_end(*, actor: User, conflict: Conflict, today: dt.date) -> Conflict:
    """Let it end with today; cases it barred somebody from stay as they are. Raises StandingOver."""
    _shorten(conflict, today)
    _seal("conflict.ended", actor, "conflict", conflict, member=conflict.member.uid)
    return conflict


def _shorten(row: Row, today: dt.date) -> None:
    """Compare-and-set of the last day. A fact that has not begun gets a period before it was declared."""
    held = Q(last=row.last) if row.last else Q(last=None)
    rows = type(row).objects.filter(held, pk=row.pk, first=row.first)
    if row.last is not None and row.last <= today:
        raise StandingOver
    period = {"first": row.first, "last": today}
    if row.first > today:
        day = row.declared_on - dt.timedelta(days=1)
        period = {"first": day, "last": day}
    if not rows.update(**period):
        raise StandingOver
    row.refresh_from_db()
