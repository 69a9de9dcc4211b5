"""Promoting a model version: its evaluation against baselines and where it came from."""

from __future__ import annotations

from typing import Any

from committee.exceptions import SubjectNotReady, SubjectUnknown
from committee.kinds.base import CaseKind, DossierItem, SubjectFacts
from modeling import selectors as modeling


def facts(uid: str) -> SubjectFacts:
    """Raises SubjectUnknown, SubjectNotReady (quarantined)."""
    model = modeling.model_facts(uid)
    if model is None:
        raise SubjectUnknown
    if model.state == "quarantined":
        raise SubjectNotReady(reason=model.state)
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
        items=(_evaluation_item(model),),
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
        data=model.evaluation,
    )


def _digest(uid: str) -> str:
    model = modeling.model_facts(uid)
    return model.digest if model else ""


def _no_terms(_terms: dict[str, Any]) -> dict[str, Any]:
    return {}


KIND = CaseKind("model_version", "promote", facts, _digest, _no_terms)
