"""What the engine's answer becomes: the case's stored state, and on closing decision, permit, notices."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from committee import sealing
from committee.choices import APPROVALS, DECISIONS, CaseAction, CaseState
from committee.engine import Result
from committee.exceptions import CaseAltered
from committee.kinds.registry import KINDS
from committee.models import Case, Committee
from committee.services import agenda, emergency
from governance import notices, outbox
from governance.choices import PermitEventKind, PermitKind
from governance.models import Decision, Permit, User
from governance.permits import instant
from governance.record.canonical import digest_of
from governance.services import decisions
from governance.subject_ref import SubjectRef


def subject_of(case: Case) -> SubjectRef:
    return SubjectRef("case", case.uid, case.subject_digest)


def about(case: Case) -> SubjectRef:
    return SubjectRef(case.subject_kind, case.subject_id, case.subject_digest)


def store(case: Case, result: Result) -> None:
    """Write the engine's answer beside the events; the first closing gives its effects."""
    out = result.output
    was = case.state
    closes = dt.datetime.fromisoformat(out["closes_at"]) if out["closes_at"] else None
    case.state, case.outcome, case.tally = out["state"], out["outcome"] or "", out
    case.closes_at = None if case.state == CaseState.CLOSED else closes
    if was == CaseState.DRAFT and case.state != CaseState.DRAFT:
        case.opened_at = timezone.now()
    if case.state == CaseState.OPEN and was == CaseState.DRAFT:
        _call_to_vote(case, result)
    if case.state == CaseState.RETURNED and was == CaseState.OPEN:
        notices.send([case.requester], "case_returned", subject_of(case), number=case.number)
    if case.state == CaseState.CLOSED and was != CaseState.CLOSED:
        case.closed_at = closes or timezone.now()
        _close(case, result)
    case.save(
        update_fields=[
            "state", "outcome", "tally", "closes_at", "opened_at", "closed_at", "resolution_number",
        ]
    )  # fmt: skip
    if was == CaseState.DEFERRED and case.state != was:
        agenda.deferral_end(case)
    if was == CaseState.CLOSED:
        _mirror_permit_events(case, result)
    emergency.glass_settle(case, result)


def _call_to_vote(case: Case, result: Result) -> None:
    """Tell everybody who sits in the case now: holders, and alternates where the holder is barred."""
    vacant = {row["seat"]: row["alternate"] for row in result.output["ineligible"]}
    seats = json.loads(case.frame)["seats"]
    sitters = [vacant[seat["id"]] if seat["id"] in vacant else seat["member"] for seat in seats]
    people = User.objects.filter(uid__in=[uid for uid in sitters if uid])
    notices.send(people, "case_opened", subject_of(case), number=case.number)


def _close(case: Case, result: Result) -> None:
    outbox.emit("case.closed", subject_of(case))
    notices.send([case.requester], f"case_{case.outcome}", subject_of(case), number=case.number)
    if case.outcome not in DECISIONS:
        return
    differing = sealing.differences_now(case)
    if differing:
        raise CaseAltered(reason=", ".join(differing), subject_ref=subject_of(case))
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
    if case.outcome in APPROVALS and case.action != CaseAction.REVIEW:  # a review opens nothing
        _permit(case, decision, result)


def _permit(case: Case, decision: Decision, result: Result) -> None:
    granted = result.output["permit"]
    wanted = conditions_asked(result)
    zone = ZoneInfo(json.loads(case.frame)["calendar"]["timezone"])
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
        valid_until=_valid_until(case, granted, zone),
    )
    for condition in granted["conditions"]:
        owner = User.objects.filter(uid=condition["owner"])
        words = {"number": case.number, "condition": condition["id"], "due": condition["due"]}
        notices.send(owner, "condition_adopted", subject_of(case), **words)


def _valid_until(case: Case, granted: dict[str, Any], zone: ZoneInfo) -> dt.datetime:
    """The end by the engine's rule, or that of the last day the terms ask for where it comes before.

    A decision that came after that day gives a permit that is over as it begins: approved, too late for use.
    """
    begins = dt.datetime.fromisoformat(granted["valid_from"])
    ends = dt.datetime.fromisoformat(granted["valid_until"])
    kind = KINDS.get((case.subject_kind, case.action))
    if kind is not None and kind.last_day is not None:
        day = kind.last_day(case.terms, begins.astimezone(zone).date())
        asked = _end_of_day(day.isoformat(), zone)
        ends = min(ends, dt.datetime.fromisoformat(asked)) if asked else ends
    return max(ends, begins + dt.timedelta(seconds=1))


def _end_of_day(day: str, zone: ZoneInfo) -> str:
    """First instant of the day after a local date (committee-rules §2), as UTC text; empty for no end."""
    date = dt.date.fromisoformat(day)
    if date == dt.date.max:
        return ""
    return instant(dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), zone))


def conditions_asked(result: Result) -> dict[str, str]:
    """The evidence wanted per adopted condition: that of the lowest seat id (committee-rules §8).

    Only counted approve ballots ask for anything; a ballot replaced or voided since asks no more.
    """
    asked: dict[str, str] = {}
    for ballot in result.output["ballots"] or []:
        if ballot["choice"] == "approve":
            for condition in _ballot_data(result, ballot).get("conditions", []):
                asked.setdefault(condition["id"], condition["evidence"])
    return asked


def _ballot_data(result: Result, ballot: dict[str, Any]) -> dict[str, Any]:
    entries = (e for e in reversed(result.ledger) if e["type"] == "ballot" and e["accepted"])
    mine = (e for e in entries if e["actor"] == ballot["by"] and e["data"]["seat"] == ballot["seat"])
    data: dict[str, Any] = next(mine)["data"]
    return data


def _mirror_permit_events(case: Case, result: Result) -> None:
    """What happened after closing (condition met, revoked, subject changed) becomes events of the permit."""
    permit = Permit.objects.filter(case_id=case.number, kind=PermitKind.DECISION).first()
    if permit is None:
        return
    kinds = {
        "condition_met": PermitEventKind.CONDITION_MET,
        "revoked": PermitEventKind.REVOKED,
        "subject_changed": PermitEventKind.VOID,
    }
    after = {entry["hash"] for entry in result.ledger if entry["state"] == CaseState.CLOSED}
    rows = case.events.filter(type__in=kinds, entry_hash__in=after)
    for event in rows.select_related("by").order_by("seq"):
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
