"""Adopting a standard version: the text, its rules, and what it changes against the one in force."""

from __future__ import annotations

from typing import Any

from catalog import selectors as catalog
from committee.exceptions import SubjectNotReady, SubjectUnknown
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from committee.kinds.quality import counted
from governance import registry
from governance import selectors as law
from governance.choices import StandardStatus
from governance.models import StandardVersion
from governance.numbering import next_number


def _version(uid: str) -> StandardVersion:
    version = law.version_by_uid(uid)
    if version is None:
        raise SubjectUnknown
    return version


def facts(uid: str) -> SubjectFacts:
    """Raises SubjectUnknown, SubjectNotReady (not proposed)."""
    return _facts(_version(uid), StandardStatus.PROPOSED)


def facts_in_force(uid: str) -> SubjectFacts:
    """Of a text that was adopted, for looking at it again. Raises SubjectUnknown, SubjectNotReady."""
    return _facts(_version(uid), StandardStatus.IN_FORCE)


def _facts(version: StandardVersion, wanted: str) -> SubjectFacts:
    if version.status != wanted:
        raise SubjectNotReady(reason=version.get_status_display())
    governed = catalog.governed_by(version.standard.uid, version.uid)
    items = (
        _rules_item(version),
        _change_item(version),
        _number_item(version),
        _governed_item(governed),
        _consumers_item(governed),
    )
    return SubjectFacts(
        title=f"Adopt {version.standard.name} {version.version}",
        title_zh=f"采纳标准 {version.standard.name} {version.version}",
        digest=version.digest,
        level=2,
        rows_changed=0,
        rows_total=0,
        downstream_models=0,
        contributors=(version.created_by.uid,),
        beneficiaries=(),
        items=items,
        notify=(version.standard.owner,),
        related=(version.standard.uid,),
    )


def _number_item(version: StandardVersion) -> DossierItem:
    """The number the change asks for (major: shape, minor: rules, patch: words) beside the one it has."""
    before = law.version_compared(version)
    size = law.change_size(before, version, law.rule_changes(before, version)) if before else ""
    proposed = next_number(before.version, size) if before and size else version.version
    agrees = proposed == version.version
    return DossierItem(
        key="number",
        title="Number of the version",
        title_zh="版本号",
        finding=f"A {size or 'first'} change; {proposed} fits, {version.version} is given.",
        finding_zh=f"{SIZES_ZH.get(size, '首个版本')}；建议版本号 {proposed}，实际为 {version.version}。",
        tone="ok" if agrees else "warn",
        word="Fits" if agrees else "Another number",
        word_zh="相符" if agrees else "不相符",
        source=before.version if before else "",
        data={"size": size, "proposed": proposed, "given": version.version, "breaking": size == "major"},
    )


SIZES_ZH = {"major": "不兼容变更", "minor": "规则变更", "patch": "文字变更"}


def _governed_item(governed: list[dict[str, Any]]) -> DossierItem:
    closing = [row["dataset"] for row in governed if row["tried_gate"] == "closed"]
    untried = [row["dataset"] for row in governed if not row["tried_gate"]]
    return DossierItem(
        key="governed",
        title="Datasets it governs",
        title_zh="适用的数据集",
        finding=(
            f"{counted(len(governed), 'dataset')} held to it; under this text {len(closing)} would be closed,"
            f" {len(untried)} not tried."
        ),
        finding_zh=(
            f"共 {len(governed)} 个数据集适用；按此文本将有 {len(closing)} 个准入关闭，"
            f"{len(untried)} 个尚未试行。"
        ),
        tone="warn" if closing or untried else "ok",
        word="Gates close" if closing else ("Not tried" if untried else "Stand"),
        word_zh="准入将关闭" if closing else ("未试行" if untried else "通过"),
        data={"datasets": governed, "closing": closing, "untried": untried},
    )


def _consumers_item(governed: list[dict[str, Any]]) -> DossierItem:
    people = catalog.people_of([row["uid"] for row in governed])
    names = sorted({row["person"] for row in people if row["role"] == "consumer"})
    return DossierItem(
        key="consumers",
        title="Owners and consumers",
        title_zh="责任人与使用方",
        finding=f"Consumers: {', '.join(names) or 'none named'}.",
        finding_zh=f"使用方：{'、'.join(names) or '未登记'}。",
        tone="idle",
        word="For reading",
        word_zh="供审阅",
        data={"people": people},
    )


def _rules_item(version: StandardVersion) -> DossierItem:
    rules = list(law.rules_of(version))
    blockers = sum(rule.severity == "blocker" for rule in rules)
    return DossierItem(
        key="rules",
        title="Rules of the text",
        title_zh="标准中的规则",
        finding=f"{len(rules)} rules, {blockers} of them close the gate.",
        finding_zh=f"共 {len(rules)} 条规则，其中 {blockers} 条会关闭准入。",
        tone="idle",
        word="For reading",
        word_zh="供审阅",
        source=version.version,
        data={
            "rules": [
                {
                    "object": r.object_name,
                    "id": r.rule_id,
                    "severity": r.severity,
                    "en": r.sentence,
                    "zh": r.sentence_zh,
                }
                for r in rules
            ]
        },
    )


def _rule_keys(version: StandardVersion) -> dict[str, str]:
    return {f"{r.object_name}/{r.rule_id}": f"{r.severity} {r.sentence}" for r in law.rules_of(version)}


def _change_item(version: StandardVersion) -> DossierItem:
    present = law.version_in_force(version.standard.name)
    present = law.version_compared(version) if present == version else present
    before = _rule_keys(present) if present else {}
    after = _rule_keys(version)
    added = sorted(after.keys() - before.keys())
    removed = sorted(before.keys() - after.keys())
    altered = sorted(k for k in after.keys() & before.keys() if after[k] != before[k])
    name = present.version if present else "-"
    return DossierItem(
        key="change",
        title="Change against the version in force",
        title_zh="与现行版本相比的变化",
        finding=f"Against {name}: {len(added)} rules added, {len(removed)} removed, {len(altered)} altered.",
        finding_zh=f"对比 {name}：新增 {len(added)} 条，删除 {len(removed)} 条，修改 {len(altered)} 条。",
        tone="warn" if removed else "ok",
        word="Rules removed" if removed else "Nothing removed",
        word_zh="有规则被删除" if removed else "无规则被删除",
        source=name,
        data={"added": added, "removed": removed, "altered": altered},
    )


def _digest(uid: str) -> str:
    kind = registry.kind_of("standard_version")
    return kind.digest(uid) if kind else ""


def _no_terms(_terms: dict[str, Any]) -> dict[str, Any]:
    return {}


KIND = CaseKind("standard_version", "adopt", facts, _digest, _no_terms, digests=law.standard_digests)
