"""Writing decisions, permits and permit events. Only committee.services may call it (import contract)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from governance import ledger, outbox, permits
from governance.choices import PermitEventKind
from governance.exceptions import DecisionExists
from governance.models import Decision, Permit, PermitEvent, User
from governance.record.canonical import canonical_bytes, sha256_hex
from governance.subject_ref import SubjectRef


def decision_content(decision: Decision) -> dict[str, Any]:
    """What the ledger seals of a decision row."""
    return {
        "uid": decision.uid,
        "case": decision.case_id,
        "committee": decision.committee,
        "resolution": decision.resolution,
        "outcome": decision.outcome,
        "action": decision.action,
        "purpose": decision.purpose,
        "subject": {
            "kind": decision.subject_kind,
            "id": decision.subject_id,
            "digest": decision.subject_digest,
        },
        "decided_at": permits.exact(decision.decided_at),
        "rules_digest": decision.rules_digest,
        "case_ledger_head": decision.case_ledger_head,
        "counts": decision.counts,
    }


def decision_record(
    *,
    case_id: str,
    committee: str,
    resolution: str,
    outcome: str,
    action: str,
    purpose: str,
    subject: SubjectRef,
    decided_at: dt.datetime,
    rules_digest: str,
    case_ledger_head: str,
    counts: dict[str, Any],
) -> Decision:
    """Write the outcome about a digest with its ledger row. Raises DecisionExists the second time."""
    decision = Decision(
        case_id=case_id,
        committee=committee,
        resolution=resolution,
        outcome=outcome,
        action=action,
        purpose=purpose,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_digest=subject.digest,
        decided_at=decided_at,
        rules_digest=rules_digest,
        case_ledger_head=case_ledger_head,
        counts=counts,
    )
    try:
        with transaction.atomic():
            decision.save(force_insert=True)
            outbox.emit("decision.recorded", subject)
            ledger.append(
                type="decision.recorded", actor=None, subject=subject, data=decision_content(decision)
            )
    except IntegrityError as error:
        raise DecisionExists from error
    return decision


@transaction.atomic
def permit_issue(
    *,
    kind: str,
    decision: Decision | None,
    case_id: str,
    subject: SubjectRef,
    action: str,
    purpose: str,
    holder: str,
    terms: dict[str, Any],
    conditions: list[dict[str, Any]],
    valid_from: dt.datetime,
    valid_until: dt.datetime,
) -> Permit:
    """Issue a signed permit. `conditions`: {id, owner, text, evidence, due, due_end, when}, texts all."""
    key_id, _key = permits.signing_key()
    permit = Permit(
        kind=kind,
        decision=decision,
        case_id=case_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_digest=subject.digest,
        action=action,
        purpose=purpose,
        holder=holder,
        terms=terms,
        conditions=conditions,
        valid_from=valid_from,
        valid_until=valid_until,
        key_id=key_id,
    )
    permit.signature = permits.signature_of(permit)
    permit.save(force_insert=True)
    outbox.emit("permit.issued", subject)
    ledger.append(
        type="permit.issued",
        actor=None,
        subject=subject,
        data=permit_content(permit),
    )
    return permit


def permit_content(permit: Permit) -> dict[str, str]:
    """What the ledger seals of a permit row: the signed grant and the columns beside it."""
    return {
        "permit": permit.uid,
        "case": permit.case_id,
        "valid_from": permits.exact(permit.valid_from),
        "valid_until": permits.exact(permit.valid_until),
        "created_at": permits.exact(permit.created_at),
        "grant_sha256": sha256_hex(canonical_bytes(permits.grant_of(permit))),
        "signature": permit.signature,
    }


def event_content(event: PermitEvent) -> dict[str, str]:
    """What the ledger seals of a permit event."""
    return {
        "permit": event.permit.uid,
        "at": permits.exact(event.at),
        "by": event.by.uid if event.by else "",
        "condition": event.condition,
        "reason": event.reason,
    }


@transaction.atomic
def permit_event_record(
    *, permit: Permit, kind: str, at: dt.datetime, by: User | None, condition: str = "", reason: str = ""
) -> PermitEvent:
    """Write what happened to a permit, once; a revocation or change wakes those who use it."""
    event, created = PermitEvent.objects.get_or_create(
        permit=permit, kind=kind, condition=condition, defaults={"at": at, "by": by, "reason": reason}
    )
    if not created:
        return event
    subject = SubjectRef(permit.subject_kind, permit.subject_id, permit.subject_digest)
    ends = kind != PermitEventKind.CONDITION_MET
    outbox.emit("permit.ended" if ends else "permit.condition_met", SubjectRef("permit", permit.uid))
    ledger.append(
        type=f"permit.{kind}",
        actor=by,
        subject=subject,
        data=event_content(event),
    )
    return event
