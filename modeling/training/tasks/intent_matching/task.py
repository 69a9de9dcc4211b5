"""Message to intent: every message is ranked against all titles, drawn by message (demo-tasks §3, C2)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from torch import Tensor

from modeling.training import data, losses
from modeling.training.baselines.classifier import class_scores
from modeling.training.baselines.matching import TermSpaces
from modeling.training.config import EvaluationPlan, TrainingPlan
from modeling.training.evaluation import metrics
from modeling.training.evaluation.report import Board
from modeling.training.examples import Examples, Pairs, sample
from modeling.training.failures import TrainingStopped
from modeling.training.tasks.base import Compared, Seen, Task
from modeling.training.texts import TextStore


class IntentMatching(Task):
    """``text.left`` is the message, ``text.right`` the intent; a title is the intent's name with spaces.

    The candidates are all titles of all roles. ``labels`` hold the candidate's number.
    """

    def build(self, frames: Mapping[str, pl.DataFrame], plan: TrainingPlan, store: TextStore) -> Examples:
        titles = {role: _titles(frame, plan) for role, frame in frames.items()}
        known = sorted({title for column in titles.values() for title in column if title})
        if len(known) < 2:
            raise TrainingStopped("data.empty", detail="fewer than two intents")
        candidates = store.add(known)
        place = {title: at for at, title in enumerate(known)}
        parts = {}
        for role, frame in frames.items():
            messages = data.joined(frame, plan.text.left)
            rows = [(m, t) for m, t in zip(messages, titles[role], strict=True) if m and t]
            if not rows:
                raise TrainingStopped("data.empty", detail=role)
            intents = np.asarray([place[title] for _, title in rows], dtype=np.int64)
            left = store.add(message for message, _ in rows)
            parts[role] = Pairs(left, candidates[intents], intents.astype(np.float32), np.arange(len(rows)))
        train = sample(parts.pop("train"), plan.recipe.max_pairs, plan.recipe.seed)
        return Examples(train=train, parts=parts, candidates=candidates)

    def loss(self, batch: Compared) -> Tensor:
        return losses.in_batch(batch.left, batch.right, batch.labels, batch.scale)

    def scores(self, examples: Examples, part: Pairs, seen: Seen) -> np.ndarray:
        scores: np.ndarray = seen.texts[part.left] @ seen.texts[examples.candidates].T
        return scores

    def tune(self, part: Pairs, scores: np.ndarray, plan: EvaluationPlan) -> dict[str, float]:
        return {}

    def judge(
        self,
        board: Board,
        model: str,
        part: Pairs,
        scores: np.ndarray,
        plan: EvaluationPlan,
        tuned: Mapping[str, float],
    ) -> None:
        every = np.ones(len(part), dtype=bool)
        for metric, values in metrics.single_answer(
            scores, part.labels.astype(np.int64), plan.cutoff
        ).items():
            board.mean(metric, model, values, every)

    def baselines(
        self, examples: Examples, store: TextStore, zero_shot: np.ndarray, plan: TrainingPlan
    ) -> dict[str, dict[str, np.ndarray]]:
        spaces = TermSpaces(store.texts, examples.candidates)
        found: dict[str, dict[str, np.ndarray]] = {}
        train = examples.train
        for role, part in examples.parts.items():
            for name, scores in spaces.table(part.left, examples.candidates):
                found.setdefault(name, {})[role] = scores
            fixed = class_scores(
                zero_shot[train.left],
                train.labels.astype(np.int64),
                zero_shot[part.left],
                len(examples.candidates),
                plan.recipe.seed,
            )
            if fixed is not None:
                found.setdefault("fixed_label_classifier", {})[role] = fixed
        return found


def _titles(frame: pl.DataFrame, plan: TrainingPlan) -> list[str]:
    return [" ".join(text.replace("_", " ").split()) for text in data.joined(frame, plan.text.right)]


TASK = IntentMatching()
