"""The training plans of the demo (recipe: fine-tuning §9; constructions: demo-tasks §2, §3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plan:
    """What is learnt, by whom, for what; `shown` are the metrics of the report's table."""

    name: str
    task: str
    purpose: str
    engineer: str
    reason: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    label: str = ""
    group: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    cpu_seconds: int = 1_200
    shown: tuple[str, ...] = ()

    def document(self, seed: int) -> dict[str, Any]:
        """The plan as `modeling` wants it, without the backbone."""
        text = {"left": list(self.left), "right": list(self.right), "label": self.label, "group": self.group}
        return {
            "task": self.task,
            "method": "full",
            "purpose": self.purpose,
            "text": text,
            "recipe": {**self.recipe, "seed": seed},
            "evaluation": dict(self.evaluation),
        }


_RECORD = ("title", "category", "brand", "modelno", "price")

PRODUCT_PAIRS = Plan(
    name="product-pair bi-encoder",
    task="pair_relevance",
    purpose="search-relevance",
    engineer="liu.yang",
    reason="Product pairs stand in for search relevance; the split shares no record.",
    left=tuple(f"left_{name}" for name in _RECORD),
    right=tuple(f"right_{name}" for name in _RECORD),
    label="label",
    group="left_title",
    recipe={"max_pairs": 8000, "max_length": 96},
    cpu_seconds=1_200,
    shown=("auc", "ap", "f1"),
)

SERVICE_INTENTS = Plan(
    name="service-intent matcher",
    task="intent_matching",
    purpose="customer-service",
    engineer="noah.fischer",
    reason="Messages are matched to intent titles, so that a new intent needs no new classifier.",
    left=("text",),
    right=("category",),
    recipe={"max_pairs": 4000, "max_length": 64},
    cpu_seconds=600,
    shown=("ndcg@10", "mrr", "acc@1"),
)

SAMPLE_RELEVANCE = Plan(
    name="sample search relevance",
    task="search_relevance",
    purpose="search-relevance",
    engineer="liu.yang",
    reason="The sample shop's own vocabulary has to be learnt from its labels.",
    left=("query_text",),
    right=("item_text",),
    label="label",
    group="query_id",
    recipe={"max_pairs": 4200, "max_length": 64, "learning_rate": "0.0001"},
    cpu_seconds=600,
    shown=("ndcg@10", "gauc", "auc"),
)
