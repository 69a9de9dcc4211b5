"""A case its committee could not decide goes to the one the rules name, once, however often woken."""

from __future__ import annotations

from django.db import transaction

from committee.exceptions import SubjectUnknown
from committee.kinds.registry import kind_for
from committee.models import AgendaItem, Case, Committee
from committee.selectors.law import takes_cases
from committee.services import agenda, cases, closing
from governance import ledger, notices
from governance.database.locks import locked
from governance.exceptions import DomainError
from governance.subject_ref import SubjectRef

CODES = ("escalation_unplaced", "escalation_failed")


@transaction.atomic
def case_escalate(*, case: Case) -> Case | None:
    """Raise and open the next case before the committee named; the one raised, None where nothing was done.

    Without such a committee, or where no case can be raised there, secretary and agenda are told.
    """
    case = locked(Case.objects.filter(pk=case.pk)).get()
    code = case.tally.get("escalate_to")
    if not code or _done(case, code):
        return None
    target = Committee.objects.filter(code=code).first()
    if target is None or not takes_cases(target):
        _give_up(case, "escalation_unplaced", code, "")
        return None
    try:
        with transaction.atomic():
            raised = _raise(case, target)
    except DomainError as error:
        _give_up(case, "escalation_failed", code, error.code)
        return None
    words = {"number": case.number, "next": raised.number, "committee": code}
    notices.send([case.requester], "case_escalated", closing.subject_of(raised), **words)
    _seal(case, code, raised.number)
    return raised


def _done(case: Case, code: str) -> bool:
    placed = case.successors.filter(committee__code=code).exists()
    return placed or AgendaItem.objects.filter(code__in=CODES, subject_id=case.uid).exists()


def _raise(case: Case, target: Committee) -> Case:
    kind = kind_for(case.subject_kind, case.action)
    if not kind.digest(case.subject_id):
        raise SubjectUnknown
    raised = cases.case_raise(
        actor=case.requester,
        committee=target,
        action=case.action,
        subject=SubjectRef(case.subject_kind, case.subject_id),
        purpose=case.purpose,
        team=case.requesting_team,
        holder=case.holder,
        terms=case.terms,
        reason=case.reason,
        facts=kind.facts_about(case.subject_id, case.terms),
        predecessor=case,
    )
    noted = {"escalated_from": case.number}
    return cases.case_event_record(actor=case.requester, case=raised, type="open", noted=noted)


def _give_up(case: Case, why: str, code: str, reason: str) -> None:
    words = {"number": case.number, "committee": code, "reason": reason}
    agenda.entry_add(case.committee, why, closing.subject_of(case), **words)
    told = [person for person in (case.committee.secretary, case.requester) if person is not None]
    notices.send(told, why, closing.subject_of(case), **words)
    _seal(case, code, "")


def _seal(case: Case, code: str, number: str) -> None:
    data = {"to": code, "raised": number}
    ledger.append(type="case.escalated", actor=None, subject=closing.subject_of(case), data=data)
