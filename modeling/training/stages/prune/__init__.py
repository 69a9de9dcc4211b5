"""Structured pruning of the result: the least important neurons of every feed-forward network go."""

from modeling.training.stages.base import StageCard

CARD = StageCard(
    name="prune",
    module="modeling.training.stages.prune.stage",
    en="Pruning of neurons",
    zh="神经元剪枝",
    asked=lambda recipe: recipe.prune_neurons > 0,
    bounds=lambda recipe: {"prune_neurons": 0 <= recipe.prune_neurons <= 0.5},
    refused=lambda method: "" if method.merges else "stage.not_merged",
    baseline="unpruned",
)
