"""Breaking the glass: two persons open something for some hours, and the committee reviews it afterwards."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from committee.choices import CaseAction
from committee.exceptions import GlassExpired, GlassPending
from committee.kinds import review
from committee.models import Case, GlassRequest
from committee.selectors import glass_waiting
from committee.services import announcing, cases, closing
from governance import ledger, notices
from governance.database.locks import locked
from governance.models import User
from governance.subject_ref import SubjectRef


@transaction.atomic
def glass_ask(*, actor: User, case: Case, reason: str, hours: int) -> GlassRequest:
    """The first person asks; the other holders are called. Raises GlassPending."""
    locked(Case.objects.filter(pk=case.pk)).get()  # of two who ask at once the second sees the first
    waiting = glass_waiting(case)
    if waiting is not None and waiting.first_id != actor.pk:
        raise GlassPending(subject_ref=closing.subject_of(case))
    GlassRequest.objects.filter(case=case, used_at=None).update(used_at=timezone.now())
    request = GlassRequest.objects.create(
        case=case, first=actor, reason=reason, hours=hours, at=timezone.now()
    )
    others = announcing.holders_of(case.committee).exclude(pk=actor.pk)
    words = {"number": case.number, "person": actor.name, "hours": hours, "reason": announcing.quoted(reason)}
    notices.send(others, "glass_asked", closing.subject_of(case), **words)
    data = {"request": request.uid, "hours": hours}
    ledger.append(type="case.glass_asked", actor=actor, subject=closing.subject_of(case), data=data)
    return request


@transaction.atomic
def glass_confirm(*, actor: User, case: Case) -> Case:
    """The second person: the permit for those hours, and its review case, opened at once.

    Raises GlassExpired, EventRefused (the engine's codes).
    """
    request = glass_waiting(case)
    if request is None:
        raise GlassExpired(subject_ref=closing.subject_of(case))
    fields = {"reason": request.reason, "hours": request.hours}
    done = cases.case_event_record(
        actor=actor, beside=request.first, case=case, type="break_glass", fields=fields
    )
    if not GlassRequest.objects.filter(pk=request.pk, used_at=None).update(used_at=timezone.now()):
        raise GlassExpired(subject_ref=closing.subject_of(case))
    _review_open(done, request.first)
    return done


def _review_open(case: Case, first: User) -> Case:
    """The review is the committee's own business: asked for by the first person, both barred from it."""
    raised = cases.case_raise(
        actor=first,
        committee=case.committee,
        action=CaseAction.REVIEW,
        subject=SubjectRef("case", case.uid),
        purpose=case.purpose,
        team=case.requesting_team,
        holder=case.holder,
        terms={},
        reason="",
        facts=review.facts_of(case),
        predecessor=case,
        number=f"{case.number}{cases.REVIEW}",
    )
    noted = {"review_of": case.number}
    return cases.case_event_record(actor=first, case=raised, type="open", noted=noted)
