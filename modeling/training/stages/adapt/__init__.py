"""Contrastive pre-adaptation: before training, the encoder reads the training texts without their labels."""

from modeling.training.stages.base import StageCard

CARD = StageCard(
    name="adapt",
    module="modeling.training.stages.adapt.stage",
    en="Contrastive pre-adaptation",
    zh="对比学习预适应",
    asked=lambda recipe: recipe.adapt_steps > 0,
    bounds=lambda recipe: {"adapt_steps": 0 <= recipe.adapt_steps <= 100_000},
    refused=lambda method: "" if method.adapts else "stage.nothing_to_adapt",
)
