"""Distillation of the result: a student of fewer layers learns the vectors of the trained model."""

from modeling.training.stages.base import StageCard

EPOCHS = 1

CARD = StageCard(
    name="distill",
    module="modeling.training.stages.distill.stage",
    en="Distillation into fewer layers",
    zh="蒸馏为更少的层",
    asked=lambda recipe: recipe.student_layers > 0,
    bounds=lambda recipe: {
        "student_layers": 0 <= recipe.student_layers <= 1000,
        "distill_epochs": 1 <= recipe.distill_epochs <= 1000
        and (recipe.student_layers > 0 or recipe.distill_epochs == EPOCHS),
    },
    refused=lambda method: "" if method.merges else "stage.not_merged",
    baseline="teacher",
)
