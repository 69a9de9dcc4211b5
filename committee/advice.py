"""What the written rules suggest, from the frozen evidence alone; beside the vote, never instead of it.

Pure: no rows, no clock. A rule looks at the data of the dossier's items and says reject, conditions, none
(no basis for a suggestion) or nothing. The gravest word of those that spoke is the advice, approve where
nothing was said. An action nobody wrote rules for gets no advice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

REJECT, CONDITIONS, APPROVE, NONE = "reject", "conditions", "approve", "none"
ORDER = (REJECT, CONDITIONS, NONE)
MANY_DAYS = 180
Items = Mapping[str, Mapping[str, Any]]
Terms = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that spoke: its id, what it suggests, and why, in both languages."""

    rule: str
    word: str
    en: str
    zh: str

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Suggestion:
    word: str
    lines: tuple[Line, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"word": self.word, "lines": [line.as_dict() for line in self.lines]}


Rule = Callable[[Terms, Items], Iterator[Line]]


def advise(action: str, terms: Terms, items: Items) -> Suggestion:
    """`items`: the data of the dossier's items by key. `recertify` is judged by what it renews."""
    renewed = str(terms.get("action", "")) if action == "recertify" else action
    rules = RULES.get(renewed, ())
    if not rules:
        return Suggestion(NONE, ())
    asked = (*rules, _refusals) if action == "recertify" else rules
    lines = tuple(line for rule in asked for line in rule(terms, items))
    word = next((word for word in ORDER if any(line.word == word for line in lines)), APPROVE)
    return Suggestion(word, lines)


def _gate(_terms: Terms, items: Items) -> Iterator[Line]:
    gate = items.get("scorecard", {}).get("gate", "")
    if gate == "closed":
        yield Line("gate_closed", REJECT, "The gate is closed.", "准入已关闭。")
    elif gate != "open":
        yield Line("gate_not_open", CONDITIONS, "The gate is not open.", "准入未完全开放。")


def _incident(_terms: Terms, items: Items) -> Iterator[Line]:
    if items.get("incidents", {}).get("open"):
        yield Line("incident_open", REJECT, "An incident is open on the dataset.", "该数据集有未解决事件。")


def _personal(_terms: Terms, items: Items) -> Iterator[Line]:
    found = items.get("personal_data", {})
    if found.get("asked"):
        names = ", ".join(found["asked"])
        yield Line(
            "personal_data_asked",
            CONDITIONS,
            f"Columns with personal data are asked for without masking: {names}.",
            f"申请使用未脱敏的个人信息列：{names}。",
        )
    if found.get("unclassified_asked"):
        names = ", ".join(found["unclassified_asked"])
        yield Line(
            "unclassified_asked",
            CONDITIONS,
            f"Columns are asked for that nobody classified: {names}.",
            f"申请使用未分级的列：{names}。",
        )


def _restricted(_terms: Terms, items: Items) -> Iterator[Line]:
    names = [c["name"] for c in items.get("columns", {}).get("columns", ()) if c["asked"] and c["level"] >= 4]
    if names:
        yield Line(
            "restricted_asked",
            CONDITIONS,
            f"Columns of level 4 or 5 are asked for: {', '.join(names)}.",
            f"申请使用 4 级或 5 级的列：{', '.join(names)}。",
        )


def _budget(_terms: Terms, items: Items) -> Iterator[Line]:
    cost = items.get("cost", {})
    if cost and not cost.get("n"):
        yield Line("no_run_to_go_by", NONE, "No run tells what one would cost.", "没有任务可用来估算成本。")
    elif cost and cost["budget"] > 2 * cost["estimate"]:
        yield Line(
            "budget_above_estimate",
            CONDITIONS,
            "The budget asked for is more than twice the estimate.",
            "申请的预算超过估算的两倍。",
        )


def _first(_terms: Terms, items: Items) -> Iterator[Line]:
    if "change" in items and not items["change"].get("against"):
        yield Line(
            "first_version",
            NONE,
            "No version was approved before, so there is nothing to compare with.",
            "此前没有获批版本，无从对比。",
        )


def _contract(_terms: Terms, items: Items) -> Iterator[Line]:
    found = items.get("contract", {})
    if found.get("removed") or found.get("retyped"):
        yield Line(
            "contract_broken",
            CONDITIONS,
            "Columns are gone or of another type or level than approved before.",
            "与获批时相比，有列被删除或类型、级别改变。",
        )


def _rejected_before(_terms: Terms, items: Items) -> Iterator[Line]:
    for row in items.get("earlier", {}).get("cases", ()):
        if row["outcome"] == "rejected" and row["same_digest"]:
            yield Line(
                "rejected_before",
                REJECT,
                f"Exactly this was rejected before, in {row['case']}.",
                f"完全相同的内容曾在 {row['case']} 中被否决。",
            )
            return


def _long(terms: Terms, _items: Items) -> Iterator[Line]:
    if terms.get("days", 0) > MANY_DAYS:
        yield Line(
            "long_access",
            CONDITIONS,
            f"Access for more than {MANY_DAYS} days is asked for.",
            f"申请的访问期超过 {MANY_DAYS} 天。",
        )


def _everything(terms: Terms, _items: Items) -> Iterator[Line]:
    if "*" in terms.get("columns", ()):
        yield Line("all_columns", CONDITIONS, "All columns are asked for.", "申请使用全部列。")


def _waived_again(_terms: Terms, items: Items) -> Iterator[Line]:
    count = len(items.get("waived_before", {}).get("waivers", ()))
    if count >= 2:
        yield Line(
            "waived_twice",
            REJECT,
            f"The rule was waived {count} times before: change the rule or the data.",
            f"该规则此前已豁免 {count} 次：应修改规则或数据。",
        )
    elif count:
        yield Line("waived_before", CONDITIONS, "The rule was waived before.", "该规则曾被豁免。")


def _waived_blocker(terms: Terms, items: Items) -> Iterator[Line]:
    rule = items.get("rule", {})
    if rule.get("severity") == "blocker":
        yield Line("blocker_waived", CONDITIONS, "The rule closes the gate.", "该规则会关闭准入。")
    most, failing = terms.get("max_failing_rows") or 0, rule.get("failing_rows", 0)
    if most > 2 * failing:
        yield Line(
            "rows_above_failing",
            CONDITIONS,
            "More than twice the rows that fail now would be let through.",
            "放行的行数超过目前未通过行数的两倍。",
        )


def _rules_removed(_terms: Terms, items: Items) -> Iterator[Line]:
    if items.get("change", {}).get("removed"):
        yield Line("rules_removed", CONDITIONS, "Rules are removed.", "有规则被删除。")
    if items.get("number", {}).get("breaking"):
        yield Line(
            "shape_changed", CONDITIONS, "A column is gone or of another type.", "有列被删除或类型改变。"
        )


def _gates_close(_terms: Terms, items: Items) -> Iterator[Line]:
    governed = items.get("governed", {})
    if governed.get("closing"):
        names = ", ".join(governed["closing"])
        yield Line(
            "gates_would_close",
            CONDITIONS,
            f"The gate would close for {names}.",
            f"以下数据集的准入将关闭：{names}。",
        )
    if governed.get("untried"):
        names = ", ".join(governed["untried"])
        yield Line("not_tried", NONE, f"Not tried on {names}.", f"尚未在以下数据集上试行：{names}。")


def _gain(_terms: Terms, items: Items) -> Iterator[Line]:
    if "evaluation" in items and not items["evaluation"].get("better"):
        yield Line(
            "no_gain_shown",
            REJECT,
            "No gain over the strongest baseline is shown.",
            "未显示优于最强基线的提升。",
        )


def _data_permits(_terms: Terms, items: Items) -> Iterator[Line]:
    if items.get("training_data", {}).get("ended"):
        yield Line(
            "data_permit_ended",
            REJECT,
            "A permit for its training data was ended since.",
            "其训练数据的许可此后已被终止。",
        )


def _licence(_terms: Terms, items: Items) -> Iterator[Line]:
    if "licence" in items and not items["licence"].get("licence"):
        yield Line(
            "licence_unstated",
            CONDITIONS,
            "The licence of the base model is not stated.",
            "基础模型的许可证未注明。",
        )


def _refusals(_terms: Terms, items: Items) -> Iterator[Line]:
    if items.get("permit", {}).get("refused"):
        yield Line(
            "refusals_noted",
            CONDITIONS,
            "Uses beyond the old permit were refused.",
            "曾有超出原许可的使用被拒绝。",
        )


ACCESS: tuple[Rule, ...] = (_incident, _personal, _restricted, _everything, _long, _rejected_before)
RULES: dict[str, tuple[Rule, ...]] = {
    "train": (_gate, _incident, _personal, _contract, _budget, _first, _rejected_before),
    "read": ACCESS,
    "export": ACCESS,
    "waive": (_waived_again, _waived_blocker, _rejected_before),
    "adopt": (_rules_removed, _gates_close, _rejected_before),
    "promote": (_gain, _data_permits, _licence, _rejected_before),
}
