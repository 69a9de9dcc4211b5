"""The data contract of a task: what data must be like for a plan to learn from it, as a standard (ODCS) over
the plan's own columns. Loads no torch.

A contract is where a standard begins: its owner adds ranges and code lists of the house. Leakage between
parts is no rule of one table; the trainer itself looks for it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from modeling.training.config import TextPlan, TrainingPlan
from modeling.training.tasks import task_card
from modeling.training.tasks.base import TaskCard

OBJECT: Final = "rows"
FEWEST_ROWS: Final = 100
FEWEST_OF_CLASS: Final = 10
FILLED_PERCENT: Final = 95


def contract_of(plan: TrainingPlan, name: str) -> bytes:
    """The contract as ODCS JSON (which is YAML), UTF-8. ``name``: what the standard is called."""
    card, text = task_card(plan.task), plan.text
    document = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": slug(name),
        "name": name,
        "version": "1.0.0",
        "status": "draft",
        "schema": [
            {
                "name": OBJECT,
                "properties": [_property(column, text, card) for column in plan.columns()],
                "quality": [*_rows(), *_together(text, card)],
            }
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def slug(name: str) -> str:
    """A name as identifiers are written: lower case, hyphens, at most 70 characters."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:70].strip("-") or "contract"


def _property(column: str, text: TextPlan, card: TaskCard) -> dict[str, Any]:
    """One column: labels, groups and times are never missing, the first column of a text seldom."""
    found: dict[str, Any] = {"name": column}
    quality: list[dict[str, Any]] = []
    if column in {text.label, text.group, text.time}:
        found["required"] = True
    elif column in {text.left[0], *text.right[:1]}:
        quality.append(_rule("filled", kind="completeness", min_percent=FILLED_PERCENT))
    if column == text.label and card.loss == "to_classes":
        quality.append(_rule("enough", kind="min_per_value", min_rows=FEWEST_OF_CLASS))
    return found | ({"quality": quality} if quality else {})


def _rows() -> list[dict[str, Any]]:
    return [{"id": "rows", "type": "library", "metric": "rowCount", "mustBeGreaterThan": FEWEST_ROWS}]


def _together(text: TextPlan, card: TaskCard) -> list[dict[str, Any]]:
    """What no column says alone: one example has one label; a pair, or an event, stands there once."""
    example = list(dict.fromkeys([*text.left, *text.right]))
    found = []
    if text.label:
        found.append(_rule("one_label", kind="label_conflict", key=example, label=text.label))
    if card.events:
        event = [name for name in (text.group, text.time, text.item) if name]
        found.append(_rule("once", kind="unique", columns=[*event, *([] if text.item else example)]))
    elif card.loss != "to_classes":
        found.append(_rule("once", kind="unique", columns=example))
    return found


def _rule(name: str, **implementation: Any) -> dict[str, Any]:
    return {"id": name, "type": "custom", "engine": "gavel", "implementation": implementation}
