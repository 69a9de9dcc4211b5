"""What may come before and after the supervised training. A stage is one folder with a ``CARD`` and a
``stage.py``, and one line. Stages before training run in the order of the table, those after it too."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, cast

from modeling.training.failures import Refused
from modeling.training.stages.adapt import CARD as ADAPT
from modeling.training.stages.base import Stage, StageCard
from modeling.training.stages.distill import CARD as DISTILL
from modeling.training.stages.prune import CARD as PRUNE

if TYPE_CHECKING:
    from modeling.training.config import RecipePlan
    from modeling.training.methods.base import MethodCard

STAGES: Final[dict[str, StageCard]] = {card.name: card for card in (ADAPT, DISTILL, PRUNE)}
#: Names of the models as they were before a stage, in the report.
BASELINES: Final = tuple(card.baseline for card in STAGES.values() if card.baseline)


def asked(recipe: RecipePlan) -> list[StageCard]:
    """The stages a recipe wants."""
    return [card for card in STAGES.values() if card.asked(recipe)]


def bounds(recipe: RecipePlan) -> list[tuple[str, bool]]:
    """Every key of a stage and whether it is within its bounds."""
    return [pair for card in STAGES.values() for pair in card.bounds(recipe).items()]


def check_method(recipe: RecipePlan, method: MethodCard) -> None:
    """Raise ``Refused`` (stage.*) where a stage that is asked for makes no sense with the method."""
    for card in asked(recipe):
        if code := card.refused(method):
            raise Refused(code, method=method.name)


def load_stage(name: str) -> Stage:
    """The stage itself. Imports its ``stage`` module, and with it torch."""
    return cast(Stage, importlib.import_module(STAGES[name].module).STAGE)
