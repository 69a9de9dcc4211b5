"""The stages of a run in their order. Loads torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modeling.training import stages
from modeling.training.config import RecipePlan
from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped
from modeling.training.loop import Workshop
from modeling.training.tasks.base import Seen

Facts = dict[str, dict[str, Any]]


def check(encoder: Encoder, recipe: RecipePlan) -> None:
    """Ask the backbone, before anything is put into it, whether it can have the stages of the plan. Raises
    ``TrainingStopped`` (stage.*)."""
    for card in stages.asked(recipe):
        stages.load_stage(card.name).check(encoder, recipe)


def before(shop: Workshop) -> Facts:
    """Run what comes before training; what was done, by stage. Raises ``TrainingStopped`` (stage.alone)."""
    wanted = [card for card in stages.asked(shop.plan.recipe) if not card.baseline]
    if wanted and shop.team.size > 1:  # every process would do it over, and write over the others
        raise TrainingStopped("stage.alone", stage=wanted[0].name)
    return {card.name: stages.load_stage(card.name).run(shop) for card in wanted}


def after(shop: Workshop, see: Callable[[], Seen]) -> tuple[dict[str, Seen], Facts]:
    """Run what comes after training: the model as it was before each stage, by the name of its baseline, and
    what was done. ``see`` gives what the model makes of the texts now."""
    seen: dict[str, Seen] = {}
    facts: Facts = {}
    for card in stages.asked(shop.plan.recipe):
        if card.baseline:
            seen[card.baseline] = see()
            facts[card.name] = stages.load_stage(card.name).run(shop)
    return seen, facts
