"""Evidence of change: rows, statistics and contract against the last approved version."""

from __future__ import annotations

from typing import Any

from catalog import selectors as catalog
from committee.kinds.base import DossierItem
from committee.kinds.quality import counted


def rows_item(change: catalog.VersionChange) -> DossierItem:
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
        data={
            "against": change.against,
            "rows": change.rows_total,
            "rows_changed": change.rows_changed,
            "columns_added": list(change.columns_added),
            "columns_removed": list(change.columns_removed),
        },
    )


def profile_item(uid: str, against: str) -> DossierItem:
    moved = catalog.profile_changes(uid) if against else []
    columns = len({row["column"] for row in moved})
    told, told_zh = (
        f"{counted(columns, 'column')} moved against {against}.",
        f"对比 {against}，{columns} 列有变化。",
    )
    return DossierItem(
        key="profile",
        title="Statistics of the columns",
        title_zh="列统计",
        finding=told if against else "Nothing approved before to compare with.",
        finding_zh=told_zh if against else "此前无获批版本可对比。",
        tone="warn" if columns else "idle",
        word="Moved" if columns else ("Steady" if against else "First version"),
        word_zh="有变化" if columns else ("平稳" if against else "首个版本"),
        source=against,
        data={"moved": moved},
    )


def contract_item(uid: str) -> DossierItem:
    change = catalog.contract_change(uid)
    if change is None or not change.against:
        now = change.standard_now if change else ""
        return _item(
            "First version",
            "首个版本",
            "idle",
            f"Checked against {now or '-'}.",
            f"依据 {now or '-'} 检查。",
            {},
        )
    broken = len(change.removed) + len(change.retyped)
    finding = (
        f"{len(change.added)} columns added, {len(change.removed)} removed, {len(change.retyped)} of another"
        f" type or level; checked against {change.standard_now or '-'}, before {change.standard_then or '-'}."
    )
    finding_zh = (
        f"新增 {len(change.added)} 列，删除 {len(change.removed)} 列，"
        f"{len(change.retyped)} 列类型或级别改变；"
        f"现依据 {change.standard_now or '-'} 检查，此前依据 {change.standard_then or '-'}。"
    )
    data: dict[str, Any] = {
        "against": change.against,
        "added": list(change.added),
        "removed": list(change.removed),
        "retyped": [{"column": n, "before": old, "after": new} for n, old, new in change.retyped],
        "standard_before": change.standard_then,
        "standard_now": change.standard_now,
    }
    word, word_zh = ("Breaking", "不兼容") if broken else ("Not breaking", "兼容")
    return _item(word, word_zh, "warn" if broken else "ok", finding, finding_zh, data)


def _item(
    word: str, word_zh: str, tone: str, finding: str, finding_zh: str, data: dict[str, Any]
) -> DossierItem:
    return DossierItem(
        key="contract",
        title="Contract change",
        title_zh="契约变化",
        finding=finding,
        finding_zh=finding_zh,
        tone=tone,
        word=word,
        word_zh=word_zh,
        data=data,
    )
