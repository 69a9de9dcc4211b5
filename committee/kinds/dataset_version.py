"""Training on a dataset version: scorecard, personal data, change, lineage, cost and earlier decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog import selectors as catalog
from committee.exceptions import SubjectNotReady, SubjectUnknown, TermsInvalid
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from governance import selectors as law
from governance.record.canonical import sha256_hex
from governance.subject_ref import SubjectRef

MAX_RUNS = 1000
MOST_NAMES = 2000
LONGEST_NAME = 200
MAX_CPU_SECONDS = 10_000_000
BYTES_CHANGED = "bytes_changed"
# What the bytes are now nobody can say who may not read them; that they are others is all a decision needs.
OTHER_BYTES = f"sha256:{sha256_hex(b'')}"


def facts(uid: str) -> SubjectFacts:
    """Raises SubjectUnknown, SubjectNotReady (no validation yet, or its gate is closed)."""
    version = catalog.version_facts(uid)
    if version is None:
        raise SubjectUnknown
    gate = catalog.gate_of(uid)
    if gate.state in {"unknown", "closed"}:
        raise SubjectNotReady(reason=f"gate {gate.state}")
    impact = catalog.impact(uid)
    models = [ref for ref in impact if ref.kind == "model_version"]
    change = catalog.change_against_approved(uid)
    return SubjectFacts(
        title=f"Permit to train on {version.dataset_name} v{version.number}",
        title_zh=f"许可使用 {version.dataset_name} v{version.number} 训练",
        digest=version.digest,
        level=version.level,
        rows_changed=change.rows_changed,
        rows_total=change.rows_total,
        downstream_models=len(models),
        contributors=tuple(version.contributor_uids),
        beneficiaries=(),
        items=(
            _score_item(uid, gate),
            _personal_data_item(uid),
            _change_item(change),
            _lineage_item(impact, len(models)),
            _earlier_item(uid),
        ),
    )


def _score_item(uid: str, gate: catalog.Gate) -> DossierItem:
    failed = len(gate.failed)
    is_open = gate.state == "open"
    word, word_zh = ("Gate open", "准入开放") if is_open else ("Gate conditional", "有条件准入")
    return DossierItem(
        key="scorecard",
        title="Quality scorecard",
        title_zh="质量评分",
        finding=f"Score {gate.score or '-'} of 100; {counted(failed, 'rule')} failed. {word}.",
        finding_zh=f"得分 {gate.score or '-'}（满分 100）；{failed} 条规则未通过。{word_zh}。",
        tone="ok" if is_open else "warn",
        word=word,
        word_zh=word_zh,
        source=gate.run_uid,
        data=catalog.scorecard(uid),
    )


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _personal_data_item(uid: str) -> DossierItem:
    found = catalog.personal_data(uid)
    columns = ", ".join(sorted(found)) or "-"
    return DossierItem(
        key="personal_data",
        title="Personal data scan",
        title_zh="个人信息扫描",
        finding=f"Columns with personal data marks: {columns}.",
        finding_zh=f"标记有个人信息的列：{columns}。",
        tone="warn" if found else "ok",
        word="Look closely" if found else "None found",
        word_zh="请留意" if found else "未发现",
        source="",
        data={"columns": {name: list(kinds) for name, kinds in found.items()}},
    )


def _change_item(change: catalog.VersionChange) -> DossierItem:
    against_zh = f"对比 {change.against}" if change.against else "此前无获批版本"
    return DossierItem(
        key="change",
        title="Change against the last approved version",
        title_zh="与上一获批版本相比的变化",
        finding=(
            f"{change.rows_total:,} rows, {change.rows_changed:,} of them new or changed"
            f" against {change.against or 'nothing approved before'}."
        ),
        finding_zh=f"共 {change.rows_total:,} 行，{against_zh}，其中 {change.rows_changed:,} 行新增或变化。",
        tone="idle",
        word="First version" if not change.against else "Compared",
        word_zh="首个版本" if not change.against else "已对比",
        source=change.against,
        data={"columns_added": list(change.columns_added), "columns_removed": list(change.columns_removed)},
    )


def _lineage_item(impact: Sequence[SubjectRef], models: int) -> DossierItem:
    return DossierItem(
        key="lineage",
        title="Lineage impact",
        title_zh="血缘影响",
        finding=f"{counted(len(impact), 'thing')} made from it; models among them: {models}.",
        finding_zh=f"由它产生的对象共 {len(impact)} 个，其中模型 {models} 个。",
        tone="idle",
        word="For reading",
        word_zh="供审阅",
        data={"made_from_it": [ref.as_dict() for ref in impact]},
    )


def _earlier_item(uid: str) -> DossierItem:
    rows = list(law.decisions_about(SubjectRef("dataset_version", uid)))
    return DossierItem(
        key="earlier",
        title="Earlier decisions",
        title_zh="以往决定",
        finding=f"{counted(len(rows), 'earlier decision')} about this version.",
        finding_zh=f"此前关于该版本的决定共 {len(rows)} 项。",
        tone="idle",
        word=counted(len(rows), "precedent"),
        word_zh=f"{len(rows)} 项先例",
        data={"decisions": [{"resolution": d.resolution, "outcome": d.outcome} for d in rows]},
    )


def _digest(uid: str) -> str:
    """The stored digest; that of no bytes while the catalogue's incident says the bytes on disk differ."""
    version = catalog.version_facts(uid)
    if version is None:
        return ""
    failed = catalog.gate_of(uid).failed
    return OTHER_BYTES if any(rule == BYTES_CHANGED for rule, _count in failed) else version.digest


def check_terms(terms: dict[str, Any]) -> dict[str, Any]:
    """The permit terms asked for, normalised. Raises TermsInvalid with the field that is wrong."""
    kinds = _names(terms, "job_kinds", [])
    columns = _names(terms, "columns", ["*"])
    gate = terms.get("gate", "open")
    if gate not in ("open", "conditional"):
        raise TermsInvalid(reason="gate")
    return {
        "runs": _bounded(terms, "runs", MAX_RUNS),
        "cpu_seconds": _bounded(terms, "cpu_seconds", MAX_CPU_SECONDS),
        "job_kinds": sorted(set(kinds)),
        "columns": sorted(set(columns)),
        "gate": gate,
    }


def _names(terms: dict[str, Any], field: str, default: list[str]) -> list[str]:
    """A list of names as they stand in the terms, at least one."""
    names = terms.get(field) or default
    listed = isinstance(names, list) and 1 <= len(names) <= MOST_NAMES
    if not listed or not all(isinstance(name, str) and 1 <= len(name) <= LONGEST_NAME for name in names):
        raise TermsInvalid(reason=field)
    return list(names)


def _bounded(terms: dict[str, Any], name: str, most: int) -> int:
    """A budget is always a number: a permit without limit is not asked for, by this or any page."""
    value = terms.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise TermsInvalid(reason=f"{name}: 1..{most}")
    return value


KIND = CaseKind("dataset_version", "train", facts, _digest, check_terms)
