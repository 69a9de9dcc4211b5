"""Distillation into fewer layers.

The student is the trained model with every k-th of its layers (the start of DistilBERT: Sanh et al. 2019,
arXiv 1910.01108) and learns to give the training texts the vectors the teacher gives them: mean 1 -
cosine, which for unit vectors is half their squared distance. Head, class vectors and the map of
histories are the teacher's own, as both live in one space. The rate is DistilBERT-like and does not
depend on the method, because here all weights move, word embeddings and pooler aside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from modeling.training.config import RecipePlan
from modeling.training.encoder import Encoder, freeze_inputs
from modeling.training.failures import TrainingStopped
from modeling.training.loop import Workshop
from modeling.training.stages.base import Stage
from modeling.training.stages.course import Course, follow, text_batches, training_texts
from modeling.training.stages.rebuild import blocks_of, install, merge, parameters_of, shorter

RATE: Final = 2e-4


class Distill(Stage):
    """``recipe.student_layers`` layers, ``recipe.distill_epochs`` epochs over the training texts."""

    def check(self, encoder: Encoder, recipe: RecipePlan) -> None:
        _, blocks = blocks_of(encoder, "distill")
        if recipe.student_layers >= len(blocks):
            raise TrainingStopped("stage.too_many_layers", layers=recipe.student_layers, most=len(blocks) - 1)

    def run(self, shop: Workshop) -> dict[str, Any]:
        encoder, recipe = shop.encoder, shop.plan.recipe
        texts = training_texts(shop.examples)
        wanted = torch.from_numpy(encoder.embed(shop.store, texts))
        merge(encoder)
        before, (_, blocks) = parameters_of(encoder), blocks_of(encoder, "distill")
        kept = kept_layers(len(blocks), recipe.student_layers)
        install(encoder, shorter(encoder, kept))
        freeze_inputs(encoder.trunk)

        def goal(numbers: np.ndarray) -> tuple[np.ndarray, Callable[[Tensor], Tensor]]:
            aims = wanted[torch.from_numpy(numbers)]
            return numbers, lambda vectors: (1 - (vectors * aims).sum(dim=1)).mean()

        moving = {name: value for name, value in encoder.trainable().items() if name.startswith("trunk.")}
        epochs = range(recipe.distill_epochs)
        batches = [batch for epoch in epochs for batch in text_batches(texts, shop.store, recipe, epoch)]
        facts = follow(shop, Course("distill", batches, RATE, moving, shop.store, goal))
        return {
            "layers_before": len(blocks),
            "layers": kept,
            "parameters_before": before,
            "parameters": parameters_of(encoder),
            **facts,
        }


def kept_layers(layers: int, students: int) -> list[int]:
    """Evenly spread from the first layer to the last; the first alone where there is one."""
    return [int(at) for at in np.linspace(0, layers - 1, students).round()]


STAGE = Distill()
