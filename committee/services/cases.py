"""Raising cases and recording events. What closing gives `closing` writes, in the same transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from committee import selectors, tallying
from committee.advice import Suggestion
from committee.choices import CaseState
from committee.engine import InputFault, Result
from committee.engine.texts import REFUSALS
from committee.exceptions import CaseExists, ClockMovedBack, EventRefused
from committee.fitting import fitted
from committee.kinds.base import Asked, CaseKind, DossierItem, SubjectFacts
from committee.kinds.registry import kind_for
from committee.models import Case, CaseEvent, Committee, Dossier
from committee.selectors.law import law_state
from committee.services import announcing, closing
from governance import ledger
from governance.database.locks import locked
from governance.exceptions import Conflict, InvalidInput
from governance.models import Team, User
from governance.permits import instant
from governance.record.canonical import canonical_bytes, digest_of, sha256_hex
from governance.subject_ref import SubjectRef

SYSTEM = "system"
REVIEW = "-review"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the dossier of a case will hold, computed before the transaction that freezes it.

    `digest` and `law`: the subject, and the law in force, it was computed about; others are a Conflict.
    """

    facts: SubjectFacts
    items: tuple[DossierItem, ...]
    advice: Suggestion
    digest: str
    law: str


def evidence_about(kind: CaseKind, asked: Asked) -> Evidence:
    """Facts, earlier cases and advice. Raises SubjectUnknown, SubjectNotReady."""
    digest, law = kind.digest(asked.subject.id), law_state()
    facts = kind.facts_about(asked.subject.id, asked.terms)
    subject = SubjectRef(asked.subject.kind, asked.subject.id, facts.digest)
    full = replace(asked, subject=subject, level=facts.level)
    items = selectors.dossier_items(full, facts)
    return Evidence(facts, items, selectors.suggestion(full, items), digest, law)


def _next_number(committee: Committee) -> str:
    """`{code}-{year}-{serial}` of cases; the committee row is locked, so two cases never share one."""
    year = timezone.localdate().year
    prefix = f"{committee.code}-{year}-C"
    rows = Case.objects.filter(number__startswith=prefix).exclude(number__endswith=REVIEW)
    return f"{prefix}{rows.count() + 1:04d}"


def case_raise(
    *,
    actor: User,
    committee: Committee,
    action: str,
    subject: SubjectRef,
    purpose: str,
    team: Team,
    holder: str,
    terms: dict[str, Any],
    reason: str,
    facts: SubjectFacts,
    evidence: Evidence | None = None,
    predecessor: Case | None = None,
    number: str = "",
) -> Case:
    """Write a draft case with its frozen frame and dossier. Raises CaseExists.

    `evidence`: computed before; Conflict where the subject or the law is another by now. Without it is
    computed here, for cases raised within another write.
    """
    try:
        with transaction.atomic():
            body = locked(Committee.objects.filter(pk=committee.pk)).get()
            case = Case(
                number=number or _next_number(body),
                predecessor=predecessor,
                committee=body,
                action=action,
                purpose=purpose,
                title=facts.title,
                title_zh=facts.title_zh,
                reason=reason,
                level=facts.level,
                requester=actor,
                requesting_team=team,
                holder=holder,
                terms=terms,
                subject_kind=subject.kind,
                subject_id=subject.id,
                subject_digest=facts.digest,
            )
            case.frame = tallying.case_frame(case, facts)
            items, advice = _evidence_of(case, facts, evidence)
            case.advice = advice.word
            case.save(force_insert=True)
            dossier = _dossier_freeze(case, items, advice)
            ledger.append(
                type="case.raised",
                actor=actor,
                subject=closing.subject_of(case),
                data={"frame": f"sha256:{sha256_hex(case.frame.encode())}", "dossier": dossier.digest},
            )
    except IntegrityError as error:
        raise CaseExists from error
    return case


def _evidence_of(
    case: Case, facts: SubjectFacts, made: Evidence | None
) -> tuple[tuple[DossierItem, ...], Suggestion]:
    """The evidence made before, if it still is about what is there now. Raises Conflict."""
    if made is None:
        asked = selectors.asked_of(case)
        items = selectors.dossier_items(asked, facts)
        return items, selectors.suggestion(asked, items)
    present = kind_for(case.subject_kind, case.action).digest(case.subject_id)
    if (present, law_state()) != (made.digest, made.law):
        raise Conflict(subject_ref=SubjectRef(case.subject_kind, case.subject_id, case.subject_digest))
    return made.items, made.advice


def _dossier_freeze(case: Case, items: tuple[DossierItem, ...], advice: Suggestion) -> Dossier:
    """The evidence as canonical bytes under one digest; the same bytes for every member."""
    document = {
        "case": case.number,
        "title": case.title,
        "title_zh": case.title_zh,
        "subject": closing.about(case).as_dict(),
        "action": case.action,
        "purpose": case.purpose,
        "holder": case.holder,
        "terms": case.terms,
        "reason": case.reason,
        "predecessor": case.predecessor.number if case.predecessor else "",
        "built_at": instant(timezone.now()),
        "advice": advice.as_dict(),
    } | fitted([item.as_dict() for item in items])
    return Dossier.objects.create(case=case, content=canonical_bytes(document), digest=digest_of(document))


def _case_locked(case: Case) -> Case:
    """The case, then its committee, locked: the next resolution number is read and raised under the lock."""
    fresh = locked(Case.objects.filter(pk=case.pk)).get()
    fresh.committee = locked(Committee.objects.filter(pk=fresh.committee_id)).get()
    return fresh


@transaction.atomic
def case_event_record(
    *,
    actor: User | None,
    case: Case,
    type: str,
    fields: dict[str, Any] | None = None,
    noted: dict[str, Any] | None = None,
    beside: User | None = None,
) -> Case:
    """Append one event and what the engine makes of it; on closing also decision, permit, conditions.

    `noted` goes into the ledger entry only; `beside` is the other of two who act together, named first.
    Raises EventRefused (the engine's code), ClockMovedBack and writes nothing then; InvalidInput for a
    malformed event.
    """
    case = _case_locked(case)
    who: Any = actor.uid if actor else SYSTEM
    if actor and beside:
        who = [beside.uid, actor.uid]
    event = {"at": instant(timezone.now()), "type": type, "by": who} | (fields or {})
    result = _tally_or_refuse(case, event)
    number = case.events.count()
    entry = _entry_of(result, event)
    CaseEvent.objects.create(
        case=case,
        seq=number,
        type=type,
        at=dt.datetime.fromisoformat(event["at"]),
        by=actor,
        data=canonical_bytes(event).decode(),
        entry_hash=entry["hash"],
    )
    closing.store(case, result)
    announcing.event_announce(case, actor, event)
    ledger.append(
        type=f"case.{type}",
        actor=actor,
        subject=closing.subject_of(case),
        data={"event": number, "entry_hash": entry["hash"], "state": case.state, **(noted or {})},
    )
    return case


def _entry_of(result: Result, event: dict[str, Any]) -> dict[str, Any]:
    """The engine's ledger entry of the event just added: the last accepted one that says the same.

    The same act twice within one second gives equal entries but for their place in the chain.
    """
    data = {k: v for k, v in event.items() if k not in {"at", "type", "by"}}
    wanted = (event["type"], event["at"], event["by"], data, True)
    entries = reversed(result.ledger)
    return next(e for e in entries if (e["type"], e["at"], e["actor"], e["data"], e["accepted"]) == wanted)


def _tally_or_refuse(case: Case, event: dict[str, Any]) -> Result:
    last = case.events.order_by("-seq").values_list("seq", "at").first()
    position = 0 if last is None else last[0] + 1
    known = [at for at in (last and last[1], case.closed_at) if at]
    if known and instant(max(known)) > event["at"]:
        raise ClockMovedBack(subject_ref=closing.subject_of(case))
    try:
        result = tallying.run(case, [event])
    except InputFault as fault:
        raise InvalidInput(
            field=fault.path, reason=fault.code, subject_ref=closing.subject_of(case)
        ) from fault
    for refused in result.output["refused"]:
        if refused["event"] == position:
            raise refusal(case, refused["code"])
    return result


def refusal(case: Case, code: str) -> EventRefused:
    """The engine's refusal as an error, in both languages, about this case."""
    words = REFUSALS[code]
    return EventRefused(refusal=code, en=words.en, zh=words.zh, subject_ref=closing.subject_of(case))


def case_settle(*, case: Case) -> bool:
    """Carry out the automatic steps due by now; True if the case changed. Many callers, one closing.

    Most cases have none at most ticks: they are tallied without a lock, and again under it where one is due.
    """
    fresh = Case.objects.select_related("committee").get(pk=case.pk)
    return _step_due(fresh) is not None and _settle(fresh)


def _step_due(case: Case) -> Result | None:
    """The tally, where it says something else than the stored case."""
    if case.state == CaseState.CLOSED:
        return None
    result = tallying.run(case)
    same = (result.output["state"], result.output["outcome"] or "") == (case.state, case.outcome)
    return None if same else result


@transaction.atomic
def _settle(case: Case) -> bool:
    case = _case_locked(case)
    result = _step_due(case)
    if result is None:
        return False
    closing.store(case, result)
    data = {"state": case.state, "outcome": case.outcome}
    ledger.append(type="case.settled", actor=None, subject=closing.subject_of(case), data=data)
    return True
