"""Adopting a version of law: what it says and changes, whether cases still pass, what past ones would do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.utils.translation import override

from committee import linting, rehearsal
from committee.choices import CaseAction, LawKind, LawStatus
from committee.drafting import in_force
from committee.exceptions import SubjectNotReady, SubjectUnknown
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from committee.law_wording import LANGUAGES, both, changes, sentence_changes
from committee.models import LawText
from committee.wording import outcome_words
from governance.record.canonical import sha256_hex

MOST_SAID = 60
WORDS = {
    LawKind.CHARTER: ("charter", "章程"),
    LawKind.POLICY: ("policy", "政策"),
    LawKind.ACCESS_RULE: ("access rule", "访问规则"),
    LawKind.SEAT: ("seat", "席位"),
    LawKind.COMMITTEE: ("further committee", "另设委员会"),
}
LEVELS = {LawKind.SEAT: 2}
LEVEL = 3


def facts_of(kind: str) -> Callable[[str], SubjectFacts]:
    """The facts of one kind of law, by uid of the text."""

    def facts(uid: str) -> SubjectFacts:
        """Raises SubjectUnknown, SubjectNotReady (not proposed)."""
        text = _text(kind, uid)
        if text.status != LawStatus.PROPOSED:
            raise SubjectNotReady(reason=text.get_status_display())
        en, zh = WORDS[LawKind(kind)]
        verb, verb_zh = ("Repeal", "废止") if text.repeals else ("Adopt", "通过")
        return SubjectFacts(
            title=f"{verb} {en} {_name(text, 'en')}"[:200],
            title_zh=f"{verb_zh}{zh} {_name(text, 'zh-hans')}"[:200],
            digest=stored_digest(text),
            level=LEVELS.get(LawKind(kind), LEVEL),
            rows_changed=0,
            rows_total=0,
            downstream_models=0,
            contributors=tuple(text.contributors),
            beneficiaries=_beneficiaries(text),
            items=tuple(_items(text)),
        )

    return facts


def _text(kind: str, uid: str) -> LawText:
    text = LawText.objects.select_related("committee").filter(kind=kind, uid=uid).first()
    if text is None:
        raise SubjectUnknown
    return text


def _name(text: LawText, language: str) -> str:
    with override(language):
        if text.kind == LawKind.CHARTER:
            return str(text.data["version"])
        return str(text)


def _beneficiaries(text: LawText) -> tuple[str, ...]:
    """Whoever is given a seat gains by it."""
    if text.kind == LawKind.SEAT and not text.repeals:
        return (text.data["member"],)
    return ()


def stored_digest(text: LawText) -> str:
    """Of the stored bytes, so that a text changed behind its back is another subject."""
    return f"sha256:{sha256_hex(text.document.encode())}"


def _items(text: LawText) -> Iterator[DossierItem]:
    against = in_force(text.committee, text.kind, text.code)
    yield _text_item(text)
    yield _change_item(text, against)
    if text.kind in linting.LINTED:
        yield _lint_item(text)
    if rehearsal.rehearses(text):
        yield _rehearsal_item(text)


def _text_item(text: LawText) -> DossierItem:
    words = both(text)
    return DossierItem(
        key="text",
        title="The text in plain words",
        title_zh="条文释义",
        finding=" ".join(words.en)[:2000],
        finding_zh="".join(words.zh)[:2000],
        tone="idle",
        word="For reading",
        word_zh="供审阅",
        source=f"{text.code} {text.number}",
        data=words.as_dict() | {"document": text.document, "note": text.note},
    )


def _change_item(text: LawText, against: LawText | None) -> DossierItem:
    if against is None:
        return DossierItem(
            key="change",
            title="What changes",
            title_zh="变更内容",
            finding="Nothing of this name is in force; all of it is new.",
            finding_zh="目前没有同名的现行条文，全部为新增。",
            tone="idle",
            word="New",
            word_zh="新增",
        )
    number = len(changes(text, against))
    return DossierItem(
        key="change",
        title="What changes",
        title_zh="变更内容",
        finding=f"Against version {against.number}: {number} parameters differ.",
        finding_zh=f"对比第 {against.number} 版：{number} 项参数不同。",
        tone="idle",
        word="Compared",
        word_zh="已对比",
        source=f"{against.code} {against.number}",
        data=_changes(text, against),
    )


def _changes(text: LawText, against: LawText) -> dict[str, Any]:
    told: dict[str, Any] = {"against": against.digest}
    for key, language in LANGUAGES:
        with override(language):
            gone, come = sentence_changes(text, against)
            told[f"goes_{key}"], told[f"comes_{key}"] = gone, come
            told[f"parameters_{key}"] = [change.as_dict() for change in changes(text, against)]
    return told


def _lint_item(text: LawText) -> DossierItem:
    found = linting.lint_of(text)
    bad = sum(line.tone == "bad" for line in found.lines)
    thin = len(found.lines) - bad
    tone = "bad" if bad else "warn" if thin else "ok"
    return DossierItem(
        key="lint",
        title="Can cases still pass",
        title_zh="议案是否仍能通过",
        finding=f"{found.kinds} kinds of case tried: {bad} obstacles, {thin} where one absence is enough.",
        finding_zh=f"引擎试算 {found.kinds} 类议案：障碍 {bad} 项，一人缺席即受阻 {thin} 项。",
        tone=tone,
        word={"bad": "Some never pass", "warn": "Thin", "ok": "All can pass"}[tone],
        word_zh={"bad": "有议案无法通过", "warn": "人手单薄", "ok": "均可通过"}[tone],
        data={"findings": [_line(line) for line in found.lines[:MOST_SAID]]},
    )


def _line(line: linting.LintLine) -> dict[str, Any]:
    told = line.as_dict()
    return told | {"codes": ", ".join(line.codes), "new": int(line.fresh)}


def _rehearsal_item(text: LawText) -> DossierItem:
    found = rehearsal.rehearse(text)
    number = len(found.differences)
    return DossierItem(
        key="rehearsal",
        title="Past cases under this text",
        title_zh="以往议案按此条文重演",
        finding=f"{found.replayed} of {found.known} decided cases replayed: {number} would end otherwise.",
        finding_zh=f"重演 {found.replayed} 件（共 {found.known} 件）已决议案：{number} 件结果会不同。",
        tone="warn" if number else "ok",
        word="Outcomes differ" if number else "Same outcomes",
        word_zh="结果有别" if number else "结果相同",
        data={"differences": [_difference(d) for d in found.differences[:MOST_SAID]]},
    )


def _difference(found: rehearsal.Difference) -> dict[str, str]:
    words = {}
    for key, language in LANGUAGES:
        with override(language):
            words[f"before_{key}"] = outcome_words(found.before)
            words[f"after_{key}"] = outcome_words(found.after)
    return {"case": found.number, **words, "reasons": ", ".join(found.reasons_after)}


def digest_for(kind: str) -> Callable[[str], str]:
    """The live digest of one kind of law."""

    def digest(uid: str) -> str:
        text = LawText.objects.filter(kind=kind, uid=uid).first()
        return stored_digest(text) if text else ""

    return digest


def digests_for(kind: str) -> Callable[[Collection[str]], dict[str, str]]:
    """The live digests of many texts of one kind, in one query."""

    def digests(uids: Collection[str]) -> dict[str, str]:
        return {text.uid: stored_digest(text) for text in LawText.objects.filter(kind=kind, uid__in=uids)}

    return digests


def _no_terms(_terms: dict[str, Any]) -> dict[str, Any]:
    return {}


KINDS = tuple(
    CaseKind(kind, CaseAction.ADOPT, facts_of(kind), digest_for(kind), _no_terms, digests=digests_for(kind))
    for kind in LawKind.values
)
