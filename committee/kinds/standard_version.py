"""Adopting a standard version: the text, its rules, and what it changes against the one in force."""

from __future__ import annotations

from typing import Any

from committee.exceptions import SubjectNotReady, SubjectUnknown
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from governance import registry
from governance import selectors as law
from governance.choices import StandardStatus
from governance.models import StandardVersion


def _version(uid: str) -> StandardVersion:
    version = law.version_by_uid(uid)
    if version is None:
        raise SubjectUnknown
    return version


def facts(uid: str) -> SubjectFacts:
    """Raises SubjectUnknown, SubjectNotReady (not proposed)."""
    version = _version(uid)
    if version.status != StandardStatus.PROPOSED:
        raise SubjectNotReady(reason=version.get_status_display())
    items = (_rules_item(version), _change_item(version))
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


KIND = CaseKind("standard_version", "adopt", facts, _digest, _no_terms)
