"""The validation report: one shape for every reader (schema `validation-report.schema.json`)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from governance.validation.engine.judging import Outcome
from governance.validation.kinds import registry
from governance.validation.kinds.wording import operator_en, operator_zh
from governance.validation.model import NotExecuted, Rule, StandardWarning


@dataclass(frozen=True)
class Report:
    """Result of one validation. `to_json()` fits the schema; `profile` and `levels` are kept beside it."""

    verdict: str
    gate: str
    rows: int
    score: Mapping[str, Any]
    outcomes: tuple[Outcome, ...]
    not_executed: tuple[NotExecuted, ...]
    warnings: tuple[StandardWarning, ...]
    engine: Mapping[str, str]
    started: datetime
    now: datetime
    seconds: float
    data: Mapping[str, Any]
    standard: Mapping[str, str]
    references: Mapping[str, Mapping[str, Any]]
    previous: Mapping[str, Any] | None
    samples_per_rule: int
    levels: Mapping[str, int] = field(default_factory=dict)
    profile: Mapping[str, Any] | None = None

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed or errored (standard-rules §9)."""
        return 0 if self.verdict == "passed" else 1

    def outcome(self, rule_id: str) -> Outcome | None:
        """The outcome of one rule."""
        return next((item for item in self.outcomes if item.rule.id == rule_id), None)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON of the report."""
        verdicts = Counter(item.verdict for item in self.outcomes)
        return {
            "report": "gavel-validation-1",
            "engine": dict(self.engine),
            "started": instant_text(self.started),
            "now": instant_text(self.now),
            "seconds": round(self.seconds, 3),
            "data": dict(self.data),
            "standard": dict(self.standard),
            "references": {name: dict(item) for name, item in self.references.items()},
            "previous": None if self.previous is None else dict(self.previous),
            "rows": self.rows,
            "verdict": self.verdict,
            "gate": self.gate,
            "score": {"total": self.score["total"], "dimensions": dict(self.score["dimensions"])},
            "counts": {
                "passed": verdicts["passed"],
                "failed": verdicts["failed"],
                "errored": verdicts["errored"],
                "waived": sum(item.waived is not None for item in self.outcomes),
                "not_executed": len(self.not_executed),
            },
            "rules": [rule_json(item) for item in self.outcomes],
            "not_executed": [item.as_dict() for item in self.not_executed],
            "warnings": [item.as_dict() for item in self.warnings],
            "samples_per_rule": self.samples_per_rule,
        }

    def to_text(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n"


def rule_json(outcome: Outcome) -> dict[str, Any]:
    """One entry of `rules`."""
    rule = outcome.rule
    message_en, message_zh = messages(outcome)
    entry: dict[str, Any] = {
        "id": rule.id,
        "kind": rule.kind,
        "columns": list(rule.columns),
        "severity": rule.severity,
        "dimension": rule.dimension,
        "level": rule.level,
        "verdict": outcome.verdict,
        "failing_rows": outcome.failing_rows,
        "checked_rows": outcome.checked_rows,
        "share": outcome.share,
        "threshold": threshold_json(rule),
        "observed": outcome.observed,
        "reason": outcome.reason,
        "details": dict(outcome.details),
        "samples": [dict(sample) for sample in outcome.samples],
        "waived": outcome.waived,
        "source": list(rule.sources),
        "pandera": outcome.pandera,
        "message_en": message_en,
        "message_zh": message_zh,
    }
    return {**entry, "name": rule.name} if rule.name else entry


def threshold_json(rule: Rule) -> dict[str, Any] | None:
    """The operator with unit, the tolerance, or the bounds, as written."""
    shown: dict[str, Any] = {}
    if rule.threshold is not None:
        shown.update(rule.threshold.as_dict())
    if rule.tolerance is not None:
        shown.update(rule.tolerance.as_dict())
    for name in ("min", "max", "exclusive_min", "exclusive_max", "min_percent", "min_rows", "max_age"):
        if name in rule.written:
            shown[name] = rule.written[name]
    for name in ("max_increase_percent", "max_decrease_percent", "others_max", "epsilon", "parent_tolerance"):
        if name in rule.written:
            shown[name] = rule.written[name]
    return shown or None


def messages(outcome: Outcome) -> tuple[str, str]:
    """What the rule demands and how it came out, in English and Chinese; never a cell value."""
    rule = outcome.rule
    en, zh = rule.sentence_en, rule.sentence_zh
    if outcome.verdict == "errored":
        why = ERRORS[str(outcome.reason)]
        return f"{en}: not judged, {why[0]}.", f"{zh}：未能判定，{why[1]}。"
    if rule.level == "row":
        count = f"{outcome.failing_rows} of {outcome.checked_rows} rows fail"
        counted = f"{outcome.checked_rows} 行中有 {outcome.failing_rows} 行不符"
        if not outcome.failing_rows:
            count, counted = f"all {outcome.checked_rows} rows hold", f"{outcome.checked_rows} 行全部符合"
        limit = _limit(rule)
        return f"{en}: {count}{limit[0]}.", f"{zh}：{counted}{limit[1]}。"
    words = {
        "passed": ("holds", "符合"),
        "no_value": ("there is no value to judge", "没有可判定的取值"),
        "columns_missing": (
            "missing: " + ", ".join(outcome.details.get("missing", [])),
            "缺少：" + "、".join(outcome.details.get("missing", [])),
        ),
        "columns_extra": (
            "not declared: " + ", ".join(outcome.details.get("extra", [])),
            "未声明：" + "、".join(outcome.details.get("extra", [])),
        ),
        "threshold": ("does not hold", "不符合"),
    }[outcome.reason or "passed"]
    seen = outcome.observed
    if isinstance(seen, int | float) and rule.kind != "sql" and not registry()[rule.kind].shows_value(rule):
        words = (f"{words[0]}, observed {seen}", f"{words[1]}，观测值 {seen}")
    return f"{en}: {words[0]}.", f"{zh}：{words[1]}。"


def _limit(rule: Rule) -> tuple[str, str]:
    if rule.threshold is not None:
        noun, word = ("share", "占比") if rule.threshold.unit == "percent" else ("number", "行数")
        return f", the {noun} {operator_en(rule)}", f"，{word}{operator_zh(rule)}"
    tolerance = rule.tolerance
    if tolerance is None:
        return "", ""
    shown = f"{tolerance.percent}%" if tolerance.percent is not None else f"{tolerance.rows}"
    return f", {shown} tolerated", f"，容许 {shown}"


ERRORS: Mapping[str, tuple[str, str]] = {
    "column_missing": ("a column it reads is not in the data", "数据中缺少所需的列"),
    "reference_missing": ("its reference was not given", "未提供参照数据"),
    "previous_missing": ("the previous version was not given", "未提供上一版本"),
    "previous_empty": ("the previous version has no rows", "上一版本没有数据行"),
    "type_mismatch": ("the column is of another type than the rule needs", "列的类型不适用于该规则"),
    "regex_unsupported": ("the pattern is outside the supported syntax", "正则表达式超出支持范围"),
    "sql_unsupported": ("the query is outside the allowed SQL", "查询超出允许的 SQL 范围"),
    "sql_null": ("the query answered NULL", "查询结果为 NULL"),
    "sql_error": ("the query failed or gave no single number", "查询出错或未返回单个数值"),
    "unsupported_type": ("nested types are not supported here", "此处不支持嵌套类型"),
    "engine_unsupported": ("this engine cannot run it", "当前引擎无法执行"),
    "internal": ("an internal error occurred", "发生内部错误"),
}


def instant_text(moment: datetime) -> str:
    """ISO 8601 in UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
