"""The review of a broken glass: what two persons opened, in whose name, for how long and why."""

from __future__ import annotations

import json
from typing import Any

from committee.exceptions import SubjectNotReady, SubjectUnknown
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from committee.models import Case, CaseEvent
from governance.models import User


def _broken(uid: str) -> CaseEvent | None:
    rows = CaseEvent.objects.filter(case__uid=uid, type="break_glass")
    return rows.select_related("case", "case__requester").first()


def facts(uid: str) -> SubjectFacts:
    """A review is raised with the act itself and never by hand. Raises SubjectUnknown, SubjectNotReady."""
    event = _broken(uid)
    if event is None:
        raise SubjectUnknown
    raise SubjectNotReady(reason=f"{event.case.number}-review")


def facts_of(case: Case) -> SubjectFacts:
    """What the committee reviews: the act, its two persons barred, and who gained from it."""
    event = _broken(case.uid)
    if event is None:
        raise SubjectUnknown
    said: dict[str, Any] = json.loads(event.data)
    names = [user.name for user in User.objects.filter(uid__in=said["by"]).order_by("name")]
    return SubjectFacts(
        title=f"Review of break-glass in {case.number}",
        title_zh=f"复核 {case.number} 的紧急授权",
        digest=_digest(case.uid),
        level=case.level,
        rows_changed=0,
        rows_total=0,
        downstream_models=0,
        contributors=tuple(said["by"]),
        beneficiaries=(case.requester.uid,),
        items=(_item(case, said, names),),
    )


def _item(case: Case, said: dict[str, Any], names: list[str]) -> DossierItem:
    both, hours = " and ".join(names), said["hours"]
    return DossierItem(
        key="break_glass",
        title="What was opened",
        title_zh="开启的权限",
        finding=f"{both} opened {case.action} for {case.purpose} for {hours} hours: {said['reason']}",
        finding_zh=f"{'、'.join(names)} 为 {case.purpose} 开启 {case.action} {hours} 小时：{said['reason']}",
        tone="warn",
        word="Emergency",
        word_zh="紧急",
        source=case.number,
        data={
            "case": case.number,
            "action": case.action,
            "purpose": case.purpose,
            "holder": case.holder,
            "subject": {"kind": case.subject_kind, "id": case.subject_id, "digest": case.subject_digest},
            "terms": case.terms,
            "at": said["at"],
            "by": said["by"],
            "hours": hours,
        },
    )


def _digest(uid: str) -> str:
    """The act as the engine's ledger sealed it."""
    event = _broken(uid)
    return f"sha256:{event.entry_hash}" if event else ""


def _no_terms(_terms: dict[str, Any]) -> dict[str, Any]:
    return {}


KIND = CaseKind("case", "review", facts, _digest, _no_terms)
