"""Cases before this one: every one about the same thing, and decisions like it; and the whole dossier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Q

from catalog import selectors as catalog
from committee.advice import Suggestion, advise
from committee.choices import APPROVALS, DECISIONS, CaseState
from committee.kinds.base import Asked, DossierItem, SubjectFacts
from committee.kinds.quality import counted
from committee.kinds.wholes import whole_of
from committee.models import Case, LawText
from governance.models import Permit, StandardVersion
from governance.permits import instant
from governance.subject_ref import SubjectRef
from modeling.selectors import dossiers as models

MOST_SIMILAR = 10


def dossier_items(asked: Asked, facts: SubjectFacts) -> tuple[DossierItem, ...]:
    """The evidence as it is frozen: what the kind tells, then earlier cases and decisions like it."""
    earlier = _earlier(asked)
    return (*facts.items, _earlier_item(asked, earlier), _similar_item(asked, earlier))


def suggestion(asked: Asked, items: Sequence[DossierItem]) -> Suggestion:
    """What the written rules make of it."""
    return advise(asked.action, asked.terms, {item.key: item.data for item in items})


def _same_thing(asked: Asked) -> Q:
    """About these very bytes, or about the same dataset, standard, model or piece of law."""
    subject = asked.subject
    uids = {subject.id, *_related(subject.kind, subject.id)}
    return Q(subject_digest=subject.digest) | Q(subject_id__in=uids)


def _related(kind: str, uid: str) -> Iterable[str]:
    whole = whole_of(kind, uid)
    if whole is None:
        return ()
    if whole.kind == "dataset":
        return (whole.uid, *catalog.version_uids(whole.uid))
    if whole.kind == "standard":
        return StandardVersion.objects.filter(standard__uid=whole.uid).values_list("uid", flat=True)
    if whole.kind == "model":
        return models.sibling_uids(uid)
    return LawText.objects.filter(kind=kind, code=whole.uid).values_list("uid", flat=True)


def _earlier(asked: Asked) -> list[Case]:
    """All of them, however they ended, the newest first; none but drafts are left out."""
    rows = Case.objects.filter(_same_thing(asked)).exclude(state=CaseState.DRAFT).exclude(number=asked.number)
    found = rows.annotate(returns=Count("events", filter=Q(events__type="returned")))
    return list(found.defer("frame").order_by("-created_at", "-id"))


def _rows(cases: Sequence[Case], digest: str) -> list[dict[str, Any]]:
    conditions = _conditions(cases)
    return [
        {
            "case": case.number,
            "action": case.action,
            "purpose": case.purpose,
            "outcome": case.outcome or case.state,
            "on": instant(case.closed_at or case.opened_at or case.created_at),
            "same_digest": case.subject_digest == digest,
            "returned": getattr(case, "returns", 0),
            "conditions": conditions[case.number],
        }
        for case in cases
    ]


def _conditions(cases: Sequence[Case]) -> dict[str, list[str]]:
    """What approvals asked for, in words, by case number."""
    found: dict[str, list[str]] = defaultdict(list)
    numbers = [case.number for case in cases if case.outcome in APPROVALS]
    for number, asked in Permit.objects.filter(case_id__in=numbers).values_list("case_id", "conditions"):
        found[number] += [f"{one['id']}: {one.get('text', '')}"[:300] for one in asked]
    return found


def _earlier_item(asked: Asked, cases: list[Case]) -> DossierItem:
    rows = _rows(cases, asked.subject.digest)
    same = sum(row["same_digest"] for row in rows)
    refused = sum(row["outcome"] == "rejected" for row in rows)
    return DossierItem(
        key="earlier",
        title="Earlier cases",
        title_zh="以往议案",
        finding=(
            f"{counted(len(rows), 'earlier case')} about the same thing, {same} of them about exactly this"
            f" content; {refused} rejected."
        ),
        finding_zh=(
            f"关于同一对象的以往议案 {len(rows)} 件，其中内容完全相同的 {same} 件；被否决 {refused} 件。"
        ),
        tone="warn" if refused else "idle",
        word=counted(len(rows), "precedent"),
        word_zh=f"{len(rows)} 项先例",
        data={"cases": rows},
    )


def _similar_item(asked: Asked, earlier: list[Case]) -> DossierItem:
    alike = Q(action=asked.action, purpose=asked.purpose)
    whole = whole_of(asked.subject.kind, asked.subject.id)
    domain = catalog.domain_of(whole.uid) if whole and whole.kind == "dataset" else ""
    if domain:
        alike |= Q(action=asked.action, level=asked.level) & catalog.in_domain(domain)
    rows = Case.objects.filter(alike, outcome__in=DECISIONS).exclude(number=asked.number)
    others = rows.exclude(pk__in=[case.pk for case in earlier]).defer("frame")
    found = _rows(list(others.order_by("-closed_at", "-id")[:MOST_SIMILAR]), asked.subject.digest)
    approved = sum(row["outcome"] in APPROVALS for row in found)
    return DossierItem(
        key="similar",
        title="Similar decisions",
        title_zh="类似决议",
        finding=f"Of the last {counted(len(found), 'similar decision')}, {approved} approved."
        if found
        else "No similar decision yet.",
        finding_zh=f"最近 {len(found)} 项类似决议中 {approved} 项通过。" if found else "尚无类似决议。",
        tone="idle",
        word="For reading",
        word_zh="供审阅",
        data={"cases": found},
    )


def asked_of(case: Case) -> Asked:
    """What a case asks, as the evidence sees it."""
    ref = SubjectRef(case.subject_kind, case.subject_id, case.subject_digest)
    return Asked(ref, case.action, case.purpose, case.level, case.terms, case.number)
