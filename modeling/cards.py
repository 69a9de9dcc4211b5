"""The generated model card: Hugging Face metadata and plain Markdown, in English and Chinese, every figure
with n.

Reads frozen results only; decides nothing.
"""

from __future__ import annotations

import json
from typing import Any

from modeling import card_metadata
from modeling.models import TrainingRun

_WORDS = {
    "en": {
        "about": "Fine-tuned by Gavel under permit {permits}. The weights may be used only while it is live.",
        "data": "Data",
        "scores": "Scores on the test rows",
        "head": "| metric | model | n | value | 95% interval | gain of this model |",
        "gain": "{gain} ({low} to {high})",
        "none": "no difference shown",
        "stages": "Before and after training",
        "adapt": "- contrastive pre-adaptation: {steps} steps on {texts} training texts without their labels",
        "distill": "- distilled into {count} of {layers_before} layers: {parameters} of "
        "{parameters_before} parameters; `teacher` is the model before",
        "prune": "- pruned to {neurons} of {neurons_before} neurons per layer: {parameters} of "
        "{parameters_before} parameters; `unpruned` is the model before",
        "repro": "Reproduction",
        "limits": "Limits",
        "beside": "The weights in `model/` are the backbone's; what was learnt lies in `model/adapter/`. "
        "Load both with `modeling.training.published.load`.",
        "limit": "Intervals are paired bootstraps over groups of rows of one run, without seed variation.",
    },
    "zh": {
        "about": "由 Gavel 在许可 {permits} 下微调。仅在许可有效期间可以使用该权重。",
        "data": "数据",
        "scores": "测试行上的得分",
        "head": "| 指标 | 模型 | n | 数值 | 95% 区间 | 本模型的增益 |",
        "gain": "{gain}（{low} 至 {high}）",
        "none": "未显示差异",
        "stages": "训练前后",
        "adapt": "- 对比学习预适应：{steps} 步，使用 {texts} 条不带标签的训练文本",
        "distill": "- 蒸馏为 {layers_before} 层中的 {count} 层：参数 {parameters_before} → {parameters}；"
        "`teacher` 为蒸馏前的模型",
        "prune": "- 每层神经元剪枝 {neurons_before} → {neurons}：参数 {parameters_before} → {parameters}；"
        "`unpruned` 为剪枝前的模型",
        "repro": "复现",
        "limits": "局限",
        "beside": "`model/` 中的权重是预训练模型的原始权重，学到的部分在 `model/adapter/` 中。"
        "请用 `modeling.training.published.load` 一并加载。",
        "limit": "区间为单次运行按组配对自助法所得，不包含随机种子带来的变化。",
    },
}


def cards_of(run: TrainingRun, result: dict[str, Any]) -> dict[str, str]:
    """Card text per language code (`en`, `zh`). Raises CardInvalid."""
    return {language: _card(run, result, words, language) for language, words in _WORDS.items()}


def metadata(run: TrainingRun, result: dict[str, Any]) -> str:
    """The YAML head that Hugging Face reads (as JSON values, which are YAML). Raises CardInvalid."""
    found = card_metadata.head(run, result)
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items()]
    return "\n".join(["---", *lines, "---"])


def _card(run: TrainingRun, result: dict[str, Any], words: dict[str, str], language: str) -> str:
    permits = ", ".join(sorted({part.permit_uid[:8] for part in run.inputs.all()}))
    inputs = [
        f"- {part.role}: `{part.version.dataset.name}` v{part.version.number}, `{part.digest}`"
        for part in run.inputs.select_related("version__dataset")
    ]
    reproduce = result["reproduce"] | result["versions"]
    return "\n".join(
        [
            metadata(run, result),
            f"# {run.plan.name}",
            "",
            words["about"].format(permits=permits),
            *([] if card_metadata.merges(run) else ["", words["beside"]]),
            "",
            f"## {words['data']}",
            *inputs,
            "",
            f"## {words['scores']}",
            words["head"],
            "|---|---|---:|---:|---|---|",
            *_score_lines(result["evaluation"], words),
            "",
            *_stage_lines(result.get("stages", {}), words),
            f"## {words['repro']}",
            f"- plan: `{run.plan_digest}`",
            *(f"- {key}: `{value}`" for key, value in reproduce.items()),
            "",
            f"## {words['limits']}",
            words["limit"],
            "",
        ]
    )


def _stage_lines(stages: dict[str, Any], words: dict[str, str]) -> list[str]:
    """What came before and after training, with sizes; nothing for a run without."""
    lines = [
        words[name].format(**facts, count=len(facts.get("layers", ())))
        for name, facts in stages.items()
        if name in words
    ]
    return [f"## {words['stages']}", *lines, ""] if lines else []


def _score_lines(report: dict[str, Any], words: dict[str, str]) -> list[str]:
    gains = {(d["metric"], d["against"]): d for d in report["differences"]}
    return [_score_line(row, gains.get((row["metric"], row["model"])), words) for row in report["metrics"]]


def _score_line(row: dict[str, Any], gain: dict[str, Any] | None, words: dict[str, str]) -> str:
    shown = ""
    if gain is not None:
        figures = {"gain": signed(gain["value"]), "low": signed(gain["low"]), "high": signed(gain["high"])}
        shown = words["none"] if gain["verdict"] == "no_difference_shown" else words["gain"].format(**figures)
    interval = f"{plain(row['low'])} – {plain(row['high'])}"
    return f"| {row['metric']} | {row['model']} | {row['n']} | {plain(row['value'])} | {interval} | {shown} |"


def plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")
