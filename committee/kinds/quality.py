"""Evidence of quality: scorecard, masked failing rows, open incidents, marks of personal data."""

from __future__ import annotations

from typing import Any

from catalog import selectors as catalog
from committee.kinds.base import DossierItem

FAILING_RULES = 5
FAILING_ROWS = 3


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def score_item(uid: str, gate: catalog.Gate) -> DossierItem:
    """The scorecard of a version with masked rows of the gravest rules it fails."""
    failed = len(gate.failed)
    is_open = gate.state == "open"
    word, word_zh = ("Gate open", "准入开放") if is_open else ("Gate conditional", "有条件准入")
    samples = catalog.failing_samples(gate.run_uid, rules=FAILING_RULES, rows=FAILING_ROWS)
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
        data={**catalog.scorecard(uid), "failing_rows": samples},
    )


def incidents_item(dataset_uid: str) -> DossierItem:
    found = catalog.open_incidents(dataset_uid)
    return DossierItem(
        key="incidents",
        title="Open incidents",
        title_zh="未解决事件",
        finding=f"{counted(len(found), 'incident')} open on the dataset." if found else "None is open.",
        finding_zh=f"该数据集有 {len(found)} 个未解决事件。" if found else "没有未解决事件。",
        tone="bad" if found else "ok",
        word="Open" if found else "None",
        word_zh="未解决" if found else "无",
        data={"open": found},
    )


def personal_item(
    marked: dict[str, list[str]], unclassified: list[str], asked: list[str] | None
) -> DossierItem:
    """Columns with marks of personal data and columns without level; `asked` of them, where the terms say."""
    names = sorted(marked)
    wanted = [name for name in names if asked is None or "*" in asked or name in asked]
    loose = [name for name in unclassified if asked is None or "*" in asked or name in asked]
    return DossierItem(
        key="personal_data",
        title="Personal data scan",
        title_zh="个人信息扫描",
        finding=(
            f"Columns with personal data marks: {', '.join(names) or '-'};"
            f" asked for: {', '.join(wanted) or '-'}."
            f" Columns without level: {', '.join(unclassified) or '-'}."
        ),
        finding_zh=(
            f"标记有个人信息的列：{'、'.join(names) or '-'}；其中申请使用：{'、'.join(wanted) or '-'}。"
            f"未分级的列：{'、'.join(unclassified) or '-'}。"
        ),
        tone="warn" if wanted or loose else "ok",
        word="Look closely" if wanted or loose else "None asked for",
        word_zh="请留意" if wanted or loose else "未涉及",
        data={
            "columns": {name: list(kinds) for name, kinds in marked.items()},
            "asked": wanted,
            "unclassified": unclassified,
            "unclassified_asked": loose,
        },
    )


def contract_item(facts: catalog.DatasetFacts, asked: list[str]) -> DossierItem:
    """The columns of a dataset as its contract has them now, with what is asked of them."""
    wanted = [c for c in facts.columns if "*" in asked or c.name in asked]
    highest = max([c.level for c in wanted], default=0) or facts.level
    columns: list[dict[str, Any]] = [
        {"name": c.name, "type": c.type, "level": c.level, "personal": list(c.pii), "asked": c in wanted}
        for c in facts.columns
    ]
    return DossierItem(
        key="columns",
        title="Columns asked for",
        title_zh="申请的列",
        finding=f"{len(wanted)} of {counted(len(facts.columns), 'column')}, up to level {highest}.",
        finding_zh=f"共 {len(facts.columns)} 列，申请 {len(wanted)} 列，最高级别 {highest}。",
        tone="warn" if "*" in asked else "idle",
        word="All columns" if "*" in asked else "Named columns",
        word_zh="全部列" if "*" in asked else "指定列",
        source=f"v{facts.latest_number}",
        data={"columns": columns, "rows": facts.rows},
    )
