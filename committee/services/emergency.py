"""The permit of a broken glass (committee-rules §10): issued with its event, ended with the case."""

from __future__ import annotations

import datetime as dt
from typing import Any

from committee.engine import Result
from committee.models import Case
from governance.choices import PermitEventKind, PermitKind
from governance.models import Permit, User
from governance.services import decisions
from governance.subject_ref import SubjectRef


def glass_settle(case: Case, result: Result) -> None:
    """Issue the permit the act gave, and mirror what ended it since; nothing where no glass was broken."""
    broken = next((e for e in result.ledger if e["type"] == "break_glass" and e["accepted"]), None)
    if broken is None:
        return
    permit = Permit.objects.filter(case_id=case.number, kind=PermitKind.BREAK_GLASS).first()
    permit = permit or _issue(case, broken)
    for entry in result.ledger[broken["seq"] :]:
        kind = _end_of(case, entry)
        if kind:
            _record(permit, kind, entry)
    if case.closed_at:
        decisions.permit_event_record(
            permit=permit, kind=PermitEventKind.ENDED, at=case.closed_at, by=None, reason=case.outcome
        )


def _issue(case: Case, broken: dict[str, Any]) -> Permit:
    begins = dt.datetime.fromisoformat(broken["at"])
    return decisions.permit_issue(
        kind=PermitKind.BREAK_GLASS,
        decision=None,
        case_id=case.number,
        subject=SubjectRef(case.subject_kind, case.subject_id, case.subject_digest),
        action=case.action,
        purpose=case.purpose,
        holder=case.holder,
        terms=case.terms,
        conditions=[],
        valid_from=begins,
        valid_until=begins + dt.timedelta(hours=broken["data"]["hours"]),
    )


def _end_of(case: Case, entry: dict[str, Any]) -> str:
    """What an entry means for the permit of the broken glass: until the closing, revocations are of it."""
    if not entry["accepted"]:
        return ""
    if entry["type"] == "revoked" and entry["state"] != "closed":
        return PermitEventKind.REVOKED
    other = entry["type"] == "subject_changed" and entry["data"]["digest"] != case.subject_digest
    return PermitEventKind.VOID if other else ""


def _record(permit: Permit, kind: str, entry: dict[str, Any]) -> None:
    decisions.permit_event_record(
        permit=permit,
        kind=kind,
        at=dt.datetime.fromisoformat(entry["at"]),
        by=User.objects.filter(uid=entry["actor"]).first(),
        reason=entry["data"].get("reason", ""),
    )
