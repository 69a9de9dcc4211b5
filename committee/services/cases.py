"""Raising cases and recording their events; closing writes decision, permit and outbox in the same transaction."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from committee.choices import APPROVALS, DECISIONS, CaseState
from committee.engine import InputFault, Result
from committee.engine.texts import REFUSALS
from committee.exceptions import CaseExists, EventRefused
from committee.kinds.base import SubjectFacts
from committee.models import Case, CaseEvent, Committee, Dossier
from committee.services import tallying
from governance import ledger, notices, outbox
from governance.choices import PermitEventKind, PermitKind
from governance.database.locks import locked
from governance.exceptions import InvalidInput
from governance.models import Decision, Permit, Team, User
from governance.permits import instant
from governance.record.canonical import canonical_bytes, digest_of, sha256_hex
from governance.services import decisions
from governance.subject_ref import SubjectRef

SYSTEM = "system"


def subject_of(case: Case) -> SubjectRef:
    return SubjectRef("case", case.uid, case.subject_digest)


def about(case: Case) -> SubjectRef:
    return SubjectRef(case.subject_kind, case.subject_id, case.subject_digest)


def _next_number(committee: Committee) -> str:
    """`{code}-{year}-{serial}` of cases; the committee row is locked, so two cases never share one."""
    year = timezone.localdate().year
    prefix = f"{committee.code}-{year}-C"
    return f"{prefix}{Case.objects.filter(number__startswith=prefix).count() + 1:04d}"


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
) -> Case:
    """Write a draft case with its frozen frame and dossier. Raises CaseExists."""
    try:
        with transaction.atomic():
            body = locked(Committee.objects.filter(pk=committee.pk)).get()
            case = Case(
                number=_next_number(body),
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
            case.save(force_insert=True)
            dossier = _dossier_freeze(case, facts)
            ledger.append(
                type="case.raised",
                actor=actor,
                subject=subject_of(case),
                data={"frame": f"sha256:{sha256_hex(case.frame.encode())}", "dossier": dossier.digest},
            )
    except IntegrityError as error:
        raise CaseExists from error
    return case


def _dossier_freeze(case: Case, facts: SubjectFacts) -> Dossier:
    """The evidence as canonical bytes under one digest; the same bytes for every member."""
    document = {
        "case": case.number,
        "subject": about(case).as_dict(),
        "action": case.action,
        "purpose": case.purpose,
        "terms": case.terms,
        "reason": case.reason,
        "built_at": instant(timezone.now()),
        "items": [item.as_dict() for item in facts.items],
    }
    return Dossier.objects.create(case=case, content=canonical_bytes(document), digest=digest_of(document))


@transaction.atomic
def case_event_record(
    *, actor: User | None, case: Case, type: str, fields: dict[str, Any] | None = None
) -> Case:
    """Append one event and what the engine makes of it; on closing also decision, permit, conditions.

    Raises EventRefused (the engine's code) and writes nothing then; InvalidInput for a malformed event.
    """
    case = locked(Case.objects.filter(pk=case.pk)).select_related("committee", "requester", "requesting_team").get()
    event = {"at": instant(timezone.now()), "type": type, "by": actor.uid if actor else SYSTEM} | (fields or {})
    result = _tally_or_refuse(case, event)
    number = case.events.count()
    entry = next(e for e in result.ledger if e["type"] == type and e["data"] == _data_of(event) and _at(e, event))
    CaseEvent.objects.create(
        case=case,
        seq=number,
        type=type,
        at=dt.datetime.fromisoformat(event["at"]),
        by=actor,
        data=canonical_bytes(event).decode(),
        entry_hash=entry["hash"],
    )
    _store(case, result)
    ledger.append(
        type=f"case.{type}",
        actor=actor,
        subject=subject_of(case),
        data={"event": number, "entry_hash": entry["hash"], "state": case.state},
    )
    return case


def _data_of(event: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in event.items() if k not in {"at", "type", "by"}}


def _at(entry: dict[str, Any], event: dict[str, Any]) -> bool:
    return bool(entry["at"] == event["at"])


def _tally_or_refuse(case: Case, event: dict[str, Any]) -> Result:
    position = case.events.count()
    try:
        result = tallying.run(case, [event])
    except InputFault as fault:
        raise InvalidInput(field=fault.path, reason=fault.code) from fault
    for refused in result.output["refused"]:
        if refused["event"] == position:
            words = REFUSALS[refused["code"]]
            raise EventRefused(refusal=refused["code"], en=words.en, zh=words.zh)
    return result


@transaction.atomic
def case_settle(*, case: Case) -> bool:
    """Carry out the automatic steps due by now; True if the case changed. Any number of callers, one closing."""
    case = locked(Case.objects.filter(pk=case.pk)).select_related("committee", "requester", "requesting_team").get()
    before = (case.state, case.outcome)
    if case.state == CaseState.CLOSED:
        return False
    _store(case, tallying.run(case))
    if (case.state, case.outcome) == before:
        return False
    data = {"state": case.state, "outcome": case.outcome}
    ledger.append(type="case.settled", actor=None, subject=subject_of(case), data=data)
    return True


def _store(case: Case, result: Result) -> None:
    """Write the engine's answer beside the events; the first closing gives its effects."""
    out = result.output
    was_closed = case.state == CaseState.CLOSED
    now_closed = out["state"] == CaseState.CLOSED
    closes = dt.datetime.fromisoformat(out["closes_at"]) if out["closes_at"] else None
    case.state, case.outcome, case.tally = out["state"], out["outcome"] or "", out
    case.closes_at = None if now_closed else closes
    if case.opened_at is None and case.state != CaseState.DRAFT:
        case.opened_at = timezone.now()
    if now_closed and not was_closed:
        case.closed_at = closes or timezone.now()
        _close(case, result)
    case.save(
        update_fields=[
            "state", "outcome", "tally", "closes_at", "opened_at", "closed_at", "resolution_number",
        ]
    )  # fmt: skip
    if was_closed:
        _mirror_permit_events(case)


def _close(case: Case, result: Result) -> None:
    outbox.emit("case.closed", subject_of(case))
    recipients = [case.requester]
    notices.send(recipients, "case_closed", subject_of(case), number=case.number, outcome=case.outcome)
    if case.outcome not in DECISIONS:
        return
    case.resolution_number = case.committee.next_resolution
    Committee.objects.filter(pk=case.committee_id).update(next_resolution=F("next_resolution") + 1)
    decision = decisions.decision_record(
        case_id=case.number,
        committee=case.committee.code,
        resolution=result.output["resolution"],
        outcome=case.outcome,
        action=case.action,
        purpose=case.purpose,
        subject=about(case),
        decided_at=case.closed_at or timezone.now(),
        rules_digest=digest_of(result.output["effective"]),
        case_ledger_head=result.ledger[-1]["hash"],
        counts=result.output["counts"],
    )
    if case.outcome in APPROVALS:
        _permit(case, decision, result)


def _permit(case: Case, decision: Decision, result: Result) -> None:
    granted = result.output["permit"]
    wanted = _conditions_asked(case, result)
    zone = ZoneInfo(case.committee.calendar["timezone"])
    decisions.permit_issue(
        kind=PermitKind.DECISION,
        decision=decision,
        case_id=case.number,
        subject=about(case),
        action=case.action,
        purpose=case.purpose,
        holder=case.holder,
        terms=case.terms,
        conditions=[
            {
                "id": c["id"],
                "owner": c["owner"],
                "due": c["due"],
                "due_end": _end_of_day(c["due"], zone),
                "when": c["when"],
                "text": wanted.get(c["id"], ""),
            }
            for c in granted["conditions"]
        ],
        valid_from=dt.datetime.fromisoformat(granted["valid_from"]),
        valid_until=dt.datetime.fromisoformat(granted["valid_until"]),
    )


def _end_of_day(day: str, zone: ZoneInfo) -> str:
    """First instant of the day after a local date (committee-rules §2), as UTC text; empty for no end."""
    date = dt.date.fromisoformat(day)
    if date == dt.date.max:
        return ""
    return instant(dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), zone))


def _conditions_asked(case: Case, result: Result) -> dict[str, str]:
    """The evidence wanted per adopted condition: that of the lowest seat id (committee-rules §8)."""
    asked: dict[str, tuple[str, str]] = {}
    events = [e for e in result.ledger if e["type"] == "ballot" and e["accepted"]]
    for entry in events:
        for condition in entry["data"].get("conditions", []):
            held = asked.get(condition["id"])
            if held is None or entry["data"]["seat"] <= held[0]:
                asked[condition["id"]] = (entry["data"]["seat"], condition["evidence"])
    return {name: text for name, (_seat, text) in asked.items()}


def _mirror_permit_events(case: Case) -> None:
    """What happened after closing (condition met, revoked, subject changed) becomes events of the permit."""
    permit = Permit.objects.filter(case_id=case.number, kind=PermitKind.DECISION).first()
    if permit is None:
        return
    kinds = {
        "condition_met": PermitEventKind.CONDITION_MET,
        "revoked": PermitEventKind.REVOKED,
        "subject_changed": PermitEventKind.VOID,
    }
    for event in case.events.filter(type__in=kinds).select_related("by").order_by("seq"):
        fields = json.loads(event.data)
        if event.type == "subject_changed" and fields["digest"] == case.subject_digest:
            continue
        decisions.permit_event_record(
            permit=permit,
            kind=kinds[event.type],
            at=event.at,
            by=event.by,
            condition=fields.get("condition", ""),
            reason=fields.get("reason", "") or fields.get("evidence", ""),
        )
