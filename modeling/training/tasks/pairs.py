"""What the two tasks over labelled pairs share: building, CoSENT, cosine scores, term baselines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from torch import Tensor

from modeling.training import data, losses
from modeling.training.baselines.matching import TermSpaces
from modeling.training.config import TrainingPlan
from modeling.training.examples import Examples, Pairs, dense, sample
from modeling.training.failures import TrainingStopped
from modeling.training.tasks.base import Compared, Seen, Task
from modeling.training.texts import TextStore


class LabelledPairs(Task):
    """Pairs of texts with a graded or yes/no label; groups are the ``group`` column, else equal left
    texts."""

    def build(self, frames: Mapping[str, pl.DataFrame], plan: TrainingPlan, store: TextStore) -> Examples:
        parts = {role: _pairs(frame, role, plan, store) for role, frame in frames.items()}
        train = sample(parts.pop("train"), plan.recipe.max_pairs, plan.recipe.seed)
        if len(np.unique(train.labels)) < 2:
            raise TrainingStopped("data.empty", detail="all training labels are equal")
        return Examples(train=train, parts=parts)

    def loss(self, batch: Compared) -> Tensor:
        return losses.cosent(batch.left, batch.right, batch.labels, batch.scale)

    def scores(self, examples: Examples, part: Pairs, seen: Seen) -> np.ndarray:
        scores: np.ndarray = (seen.texts[part.left] * seen.texts[part.right]).sum(axis=1)
        return scores

    def baselines(
        self, examples: Examples, store: TextStore, zero_shot: np.ndarray, plan: TrainingPlan
    ) -> dict[str, dict[str, np.ndarray]]:
        every = [examples.train, *examples.parts.values()]
        spaces = TermSpaces(store.texts, np.unique(np.concatenate([part.right for part in every])))
        found: dict[str, dict[str, np.ndarray]] = {}
        for role, part in examples.parts.items():
            for name, scores in spaces.pairs(part.left, part.right):
                found.setdefault(name, {})[role] = scores
        return found


def _pairs(frame: pl.DataFrame, role: str, plan: TrainingPlan, store: TextStore) -> Pairs:
    text = plan.text
    marks = np.asarray(data.labels(frame, text.label, role), dtype=np.float32)
    left = store.add(data.joined(frame, text.left))
    right = store.add(data.joined(frame, text.right))
    groups = dense(frame[text.group].fill_null("").to_list()) if text.group else dense(left)
    return Pairs(left, right, marks, groups, slices=data.slices(frame, plan))
