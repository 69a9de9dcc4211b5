"""Recertification: what was approved is looked at again before its permit ends; silence never extends it.

The facts are those of the first decision, as they are now. The new permit lets one do what the old one did.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from committee.exceptions import SubjectNotReady, TermsInvalid
from committee.kinds import dataset_version, model_version, standard_version, terms
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from committee.kinds.quality import counted
from governance import permits
from governance.choices import PermitKind, PermitUseKind
from governance.models import Permit

ENDED = frozenset({"revoked", "void", "lapsed", "ended"})
"""Permits that ended badly are not renewed: a new case asks anew."""
Base = Callable[[str, dict[str, Any]], SubjectFacts]


def renewable(kind: str, uid: str) -> list[Permit]:
    """Permits about a subject that may be renewed, the newest first."""
    return [p for p in permits.live_for(kind, uid) if _renewable(p)]


def _renewable(permit: Permit) -> bool:
    by_decision = permit.kind == PermitKind.DECISION
    return by_decision and permits.is_authentic(permit) and permits.status_of(permit) not in ENDED


def _old(kind: str, uid: str, of: Any) -> Permit:
    found = next((p for p in renewable(kind, uid) if p.uid == of), None)
    if found is None:
        raise TermsInvalid(reason="of")
    return found


def _facts(kind: str, base: Base, uid: str, asked: dict[str, Any]) -> SubjectFacts:
    held = renewable(kind, uid)
    permit = next((p for p in held if p.uid == asked.get("of")), held[0] if held else None)
    if permit is None:
        raise SubjectNotReady(reason=_("there is no permit to renew"))
    found = base(uid, permit.terms)
    if found.digest != permit.subject_digest:
        raise SubjectNotReady(reason=_("it changed since it was approved"))
    return dataclasses.replace(
        found,
        title=f"Recertify: {found.title}"[:200],
        title_zh=f"复审：{found.title_zh}"[:200],
        items=(_permit_item(permit), *found.items),
    )


def _permit_item(permit: Permit) -> DossierItem:
    """The permit to be renewed: its end, what was used of it, what it refused, conditions still open."""
    uses = permit.uses.exclude(kind=PermitUseKind.REFUSED).count()
    refused = permit.uses.filter(kind=PermitUseKind.REFUSED).count()
    spent = permits.budget_of(permit)
    until = permits.instant(permit.valid_until)
    return DossierItem(
        key="permit",
        title="The permit to be renewed",
        title_zh="拟续期的许可",
        finding=f"Ends {until}; {counted(uses, 'use')}, {counted(refused, 'refusal')}.",
        finding_zh=f"于 {until} 到期；使用记录 {uses} 条，拒绝 {refused} 次。",
        tone="warn" if refused else "idle",
        word="Refusals" if refused else "Kept to",
        word_zh="有拒绝记录" if refused else "无违规",
        source=permit.case_id,
        data={
            "permit": permit.uid,
            "case": permit.case_id,
            "action": permits.action_of(permit),
            "status": permits.status_of(permit),
            "valid_until": until,
            "runs_used": spent.runs_used,
            "cpu_seconds_used": f"{spent.cpu_seconds_used:.1f}",
            **(
                {"device_seconds_used": f"{spent.device_seconds_used:.1f}"}
                if spent.device_seconds_used
                else {}
            ),
            "refused": refused,
            "conditions": [
                {"id": c["id"], "due": c["due"], "text": c.get("text", "")} for c in permit.conditions
            ],
        },
    )


def _check_terms(asked: dict[str, Any]) -> dict[str, Any]:
    """Only which permit is asked; its action and terms are not for the asker to write."""
    if not isinstance(asked.get("of"), str):
        raise TermsInvalid(reason="of")
    return {"of": asked["of"]}


def _terms_for(kind: str) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    def check(uid: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The old permit's action and terms, exactly; whatever else is sent must agree with them."""
        permit = _old(kind, uid, _check_terms(asked)["of"])
        granted = {"of": permit.uid, "action": permits.action_of(permit)}
        full = {**{k: v for k, v in permit.terms.items() if k not in granted}, **granted}
        terms.known(asked, *full)
        if any(asked[name] != full[name] for name in asked):
            raise TermsInvalid(reason=next(name for name in asked if asked[name] != full[name]))
        return full

    return check


def _train(uid: str, asked: dict[str, Any]) -> SubjectFacts:
    return dataset_version.facts_for(uid, asked) if "runs" in asked else dataset_version.facts(uid)


def _adopt(uid: str, _asked: dict[str, Any]) -> SubjectFacts:
    return standard_version.facts_in_force(uid)


def _promote(uid: str, _asked: dict[str, Any]) -> SubjectFacts:
    return model_version.facts(uid)


def _kind(first: CaseKind, base: Base) -> CaseKind:
    return CaseKind(
        first.kind,
        "recertify",
        lambda uid: _facts(first.kind, base, uid, {}),
        first.digest,
        _check_terms,
        terms_for=_terms_for(first.kind),
        facts_for=lambda uid, asked: _facts(first.kind, base, uid, asked),
        digests=first.digests,
    )


KINDS = (
    _kind(dataset_version.KIND, _train),
    _kind(standard_version.KIND, _adopt),
    _kind(model_version.KIND, _promote),
)
