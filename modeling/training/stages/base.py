"""What a stage around the supervised training is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # torch must not load where only the cards are read
    from modeling.training.config import RecipePlan
    from modeling.training.encoder import Encoder
    from modeling.training.loop import Workshop
    from modeling.training.methods.base import MethodCard


@dataclass(frozen=True)
class StageCard:
    """What a page or form needs to know of a stage, without torch.

    ``asked``: whether a recipe wants it; ``bounds``: which of its keys are within bounds, by name;
    ``refused``: the code of the reason why a method cannot have it, or nothing. ``baseline``: the name under
    which the model as it was before the stage stands in the report; a stage without one comes before
    training.
    """

    name: str
    module: str
    en: str
    zh: str
    asked: Callable[[RecipePlan], bool]
    bounds: Callable[[RecipePlan], Mapping[str, bool]]
    refused: Callable[[MethodCard], str]
    baseline: str = ""


class Stage(Protocol):
    """``check`` asks the backbone before the first step of the run; ``run`` changes the encoder in place."""

    def check(self, encoder: Encoder, recipe: RecipePlan) -> None:
        """Raises ``TrainingStopped`` (stage.*) where the backbone cannot have the stage."""

    def run(self, shop: Workshop) -> dict[str, Any]:
        """What was done, as plain data for the result. Raises what ``shop.stop`` names."""
