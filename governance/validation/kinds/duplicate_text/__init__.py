"""`duplicate_text`: the same or nearly the same text in other rows (standard-rules §4)."""

from __future__ import annotations

from decimal import Decimal

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import Parameter, normalise, one_of, share, whole
from governance.validation.model import Rule

STEPS = ("nfkc", "casefold", "collapse_space")


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    column = rule.columns[0]
    if rule.parameters["mode"] == "near":
        limit = rule.parameters["threshold"]
        return (
            f"No two texts of {column} are alike to {limit} or more",
            f"{column} 中不得有相似度达到 {limit} 的文本",
        )
    return f"No text of {column} occurs twice", f"{column} 的文本不得重复"


register(
    Kind(
        name="duplicate_text",
        summary=("No two rows hold the same or nearly the same text", "不得有相同或近似的文本"),
        level="row",
        severity="minor",
        dimension="uniqueness",
        parameters={
            "mode": Parameter(one_of("exact", "near"), "exact"),
            "threshold": Parameter(share, Decimal("0.8")),
            "ngram": Parameter(whole(1), 3),
            "normalise": Parameter(normalise, STEPS),
        },
        sentence=sentence,
    )
)
