"""Contrastive pre-adaptation.

A text is read twice; dropout makes two vectors of it, which are to find one another among all others of
the batch (SimCSE, Gao et al. 2021, arXiv 2104.08821, unsupervised; temperature 0.05). The texts are those
of the training rows only. Whatever the method moves, moves here too, at the method's rate with a warm-up
and decay of its own; the optimizer begins anew with the training that follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from modeling.training import losses
from modeling.training.config import RecipePlan
from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped
from modeling.training.loop import Workshop
from modeling.training.stages.base import Stage
from modeling.training.stages.course import Course, follow, text_batches, training_texts
from modeling.training.texts import TextStore

SCALE: Final = 20.0
_PROBE: Final = 8


class Twice(TextStore):
    """A store in which text ``n`` has a twin, numbered ``n`` + its size: equal numbers are encoded once, and
    a twin is dropped out on its own."""

    def __init__(self, store: TextStore) -> None:
        self._store = store

    def __len__(self) -> int:
        return 2 * len(self._store)

    def tokens(self, number: int) -> np.ndarray:
        return self._store.tokens(number % len(self._store))

    def lengths(self) -> np.ndarray:
        return np.tile(self._store.lengths(), 2)


class Adapt(Stage):
    """``recipe.adapt_steps`` steps of ``recipe.batch_size`` texts."""

    def check(self, encoder: Encoder, recipe: RecipePlan) -> None:
        """Without dropout the two vectors are one, and there is nothing to learn."""
        row = encoder.source.vocabulary - 1 - np.arange(_PROBE, dtype=np.int64)
        encoder.train()
        torch.manual_seed(0)
        with torch.no_grad():
            first, second = encoder([row, row])
        if torch.equal(first, second):
            raise TrainingStopped("stage.no_dropout", name=encoder.source.name)

    def run(self, shop: Workshop) -> dict[str, Any]:
        recipe, texts, size = shop.plan.recipe, training_texts(shop.examples), len(shop.store)
        batches: list[tuple[float, np.ndarray]] = []
        epoch = 0
        while len(batches) < recipe.adapt_steps:
            batches += text_batches(texts, shop.store, recipe, epoch)
            epoch += 1

        def goal(numbers: np.ndarray) -> tuple[np.ndarray, Callable[[Tensor], Tensor]]:
            return np.concatenate([numbers, numbers + size]), _told_apart

        course = Course(
            name="adapt",
            batches=batches[: recipe.adapt_steps],
            rate=shop.plan.learning_rate,
            parameters=shop.encoder.trainable(),
            store=Twice(shop.store),
            goal=goal,
            penalty=lambda: shop.method.penalty(shop.encoder),
        )
        return follow(shop, course)


def _told_apart(vectors: Tensor) -> Tensor:
    """``vectors``: unit rows (2b, d), the second half the twins of the first."""
    first, second = vectors.chunk(2)
    return losses.in_batch(first, second, torch.arange(len(first)), SCALE)


STAGE = Adapt()
