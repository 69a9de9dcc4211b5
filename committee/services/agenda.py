"""The agenda of the next meeting: what comes onto it, and that it was dealt with."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from committee.exceptions import AgendaDealt
from committee.models import AgendaItem, Case, Committee
from governance import ledger
from governance.models import User
from governance.subject_ref import SubjectRef


def entry_add(committee: Committee, code: str, subject: SubjectRef, /, **params: Any) -> AgendaItem:
    """Put something on the agenda, once while it waits there; a part of the write that brought it about."""
    item, _created = AgendaItem.objects.get_or_create(
        committee=committee,
        code=code,
        subject_id=subject.id,
        dealt_at=None,
        defaults={"subject_kind": subject.kind, "subject_digest": subject.digest, "params": params},
    )
    return item


def deferral_end(case: Case) -> None:
    """A deferral that is over, by whatever way, needs no hearing any more."""
    rows = AgendaItem.objects.filter(
        committee_id=case.committee_id, code="case_deferred", subject_id=case.uid
    )
    rows.filter(dealt_at=None).update(dealt_at=timezone.now())


@transaction.atomic
def agenda_deal(*, actor: User, item: AgendaItem, note: str) -> AgendaItem:
    """Note that the committee heard it, and what was said. Raises AgendaDealt the second time."""
    dealt = AgendaItem.objects.filter(pk=item.pk, dealt_at=None).update(
        dealt_at=timezone.now(), dealt_by=actor, note=note
    )
    if not dealt:
        raise AgendaDealt
    item.refresh_from_db()
    ledger.append(
        type="agenda.dealt",
        actor=actor,
        subject=SubjectRef("committee", item.committee.uid),
        data={"item": item.uid, "code": item.code, "about": item.subject_id, "note": note},
    )
    return item
