"""Evidence of what hangs on a version, and of what the runs asked for would cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from catalog import selectors as catalog
from committee.kinds.base import DossierItem
from committee.kinds.quality import counted
from governance import registry
from governance.subject_ref import SubjectRef
from modeling.selectors import dossiers as models


def lineage_item(dataset_uid: str, impact: Sequence[SubjectRef]) -> DossierItem:
    """What was made from a version: datasets with owners and consumers by name, models with their state."""
    made = [ref for ref in impact if ref.kind == "dataset_version"]
    states = models.model_states(ref.id for ref in impact if ref.kind == "model_version")
    live = sum(row["state"] == "promoted" for row in states)
    datasets = catalog.datasets_of(ref.id for ref in made)
    people = catalog.people_of([dataset_uid, *datasets])
    consumers = sorted({row["person"] for row in people if row["role"] == "consumer"})
    told = ", ".join(consumers) or "none named"
    return DossierItem(
        key="lineage",
        title="Lineage impact",
        title_zh="血缘影响",
        finding=(
            f"{counted(len(impact), 'thing')} made from it; models among them: {len(states)}, live: {live}."
            f" Consumers: {told}."
        ),
        finding_zh=(
            f"由它产生的对象共 {len(impact)} 个，其中模型 {len(states)} 个，在用 {live} 个。"
            f"使用方：{'、'.join(consumers) or '未登记'}。"
        ),
        tone="warn" if live else "idle",
        word="In use" if live else "For reading",
        word_zh="在用" if live else "供审阅",
        data={
            "made_from_it": [{**ref.as_dict(), "name": registry.title_of(ref)} for ref in impact[:100]],
            "models": states,
            "people": people,
        },
    )


def cost_item(dataset_uid: str, rows: int, terms: dict[str, Any]) -> DossierItem:
    """Runs asked for × what one cost so far, beside the budget asked for. No run, no guess."""
    costs = models.run_costs(dataset_uid)
    if not costs.n:
        return _item("No run to go by.", "没有可参照的任务。", "idle", "No estimate", "无估算", {"n": 0})
    one = max(1, math.ceil(costs.per_thousand_rows * rows / 1000))
    estimate, budget = one * int(terms["runs"]), int(terms["cpu_seconds"])
    where, where_zh = ("this dataset", "该数据集") if costs.here else ("other datasets", "其他数据集")
    fits = estimate <= budget <= 2 * estimate
    word, word_zh = ("In budget", "预算合适") if fits else ("Look closely", "请留意")
    return _item(
        f"{terms['runs']} runs at about {one:,} CPU s each come to {estimate:,} CPU s;"
        f" {budget:,} are asked for. Medians of {counted(costs.n, 'finished run')} on {where}.",
        f"{terms['runs']} 次任务，每次约 {one:,} CPU 秒，合计 {estimate:,} CPU 秒；申请 {budget:,} CPU 秒。"
        f"依据{where_zh}上 {costs.n} 个已完成任务的中位数。",
        "ok" if fits else "warn",
        word,
        word_zh,
        {
            "n": costs.n,
            "on_this_dataset": costs.here,
            "cpu_seconds_per_run": costs.per_run,
            "cpu_seconds_per_1000_rows": f"{costs.per_thousand_rows:.3f}",
            "rows": rows,
            "estimate_per_run": one,
            "estimate": estimate,
            "budget": budget,
        },
    )


def _item(
    finding: str, finding_zh: str, tone: str, word: str, word_zh: str, data: dict[str, Any]
) -> DossierItem:
    return DossierItem(
        key="cost",
        title="Cost estimate",
        title_zh="成本估算",
        finding=finding,
        finding_zh=finding_zh,
        tone=tone,
        word=word,
        word_zh=word_zh,
        data=data,
    )
