"""Promoting a model version: its evaluation against baselines and where it came from."""

from __future__ import annotations

from typing import Any

from committee.exceptions import SubjectNotReady, SubjectUnknown
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from committee.kinds.quality import counted
from governance import registry
from modeling import selectors as modeling
from modeling.selectors import dossiers as models

ENDED = frozenset({"revoked", "void", "lapsed"})


def facts(uid: str) -> SubjectFacts:
    """Raises SubjectUnknown, SubjectNotReady (quarantined)."""
    model = modeling.model_facts(uid)
    if model is None:
        raise SubjectUnknown
    if model.state == "quarantined":
        raise SubjectNotReady(reason=model.state)
    origin = models.model_origin(uid)
    items = [_evaluation_item(model), _slices_item()]
    if origin is not None:
        items += [_data_item(origin), _licence_item(origin)]
    return SubjectFacts(
        title=f"Promote model {model.name} v{model.number}",
        title_zh=f"发布模型 {model.name} v{model.number}",
        digest=model.digest,
        level=model.level,
        rows_changed=0,
        rows_total=0,
        downstream_models=0,
        contributors=tuple(model.contributor_uids),
        beneficiaries=(),
        items=(*items, _promotions_item(uid)),
        related=origin.dataset_uids if origin else (),
    )


def _evaluation_item(model: modeling.ModelFacts) -> DossierItem:
    return DossierItem(
        key="evaluation",
        title="Evaluation against baselines",
        title_zh="与基线对比的评估",
        finding=model.headline,
        finding_zh=model.headline_zh,
        tone="ok" if model.better else "warn",
        word="Gain shown" if model.better else "No gain shown",
        word_zh="有提升" if model.better else "未显示提升",
        source=model.run_uid,
        data={**model.evaluation, "better": model.better},
    )


def _slices_item() -> DossierItem:
    """Said, so that nobody takes one figure for the whole: runs store no scores by slice."""
    return DossierItem(
        key="slices",
        title="Scores by slice",
        title_zh="分组得分",
        finding="No scores by slice are stored; the figures above are over all test rows.",
        finding_zh="没有存储分组得分；以上数字为全部测试行的结果。",
        tone="idle",
        word="None stored",
        word_zh="无",
    )


def _data_item(origin: models.ModelOrigin) -> DossierItem:
    ended = [row for row in origin.data if row["permit_status"] in ENDED]
    told = ", ".join(sorted({row["version"] for row in origin.data})) or "-"
    return DossierItem(
        key="training_data",
        title="Training data and its permits",
        title_zh="训练数据及其许可",
        finding=f"Made from {told}; {counted(len(ended), 'permit')} ended badly since.",
        finding_zh=f"训练自 {told}；其中 {len(ended)} 项许可此后被终止。",
        tone="bad" if ended else "ok",
        word="Permit ended" if ended else "Permitted",
        word_zh="许可已终止" if ended else "有许可",
        data={"inputs": [dict(row) for row in origin.data], "ended": [row["permit"] for row in ended]},
    )


def _licence_item(origin: models.ModelOrigin) -> DossierItem:
    known = bool(origin.licence.strip())
    return DossierItem(
        key="licence",
        title="Licence of the base model",
        title_zh="基础模型的许可证",
        finding=f"{origin.backbone}: {origin.licence or 'not stated'}.",
        finding_zh=f"{origin.backbone}：{origin.licence or '未注明'}。",
        tone="idle" if known else "warn",
        word="Stated" if known else "Not stated",
        word_zh="已注明" if known else "未注明",
        data={"base_model": origin.backbone, "licence": origin.licence, "purpose": origin.purpose},
    )


def _promotions_item(uid: str) -> DossierItem:
    rows = models.promotions_of(uid)
    return DossierItem(
        key="promotions",
        title="Earlier promotions",
        title_zh="以往发布",
        finding=f"{counted(len(rows), 'permit')} to promote a version of this model.",
        finding_zh=f"该模型各版本的发布许可共 {len(rows)} 项。",
        tone="idle",
        word=counted(len(rows), "promotion"),
        word_zh=f"{len(rows)} 次发布",
        data={"promotions": rows},
    )


def _digest(uid: str) -> str:
    kind = registry.kind_of("model_version")
    return kind.digest(uid) if kind else ""


def _no_terms(_terms: dict[str, Any]) -> dict[str, Any]:
    return {}


KIND = CaseKind("model_version", "promote", facts, _digest, _no_terms)
