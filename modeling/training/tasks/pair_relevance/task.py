"""Pair relevance: AUC, average precision and F1 over all pairs, drawn by left record (demo-tasks §2)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from modeling.training.config import EvaluationPlan
from modeling.training.evaluation import metrics
from modeling.training.evaluation.report import Board, judge_pairs
from modeling.training.examples import Pairs
from modeling.training.tasks.pairs import LabelledPairs


class PairRelevance(LabelledPairs):
    """The F1 threshold is chosen on the validation part, each model having its own."""

    def tune(self, part: Pairs, scores: np.ndarray, plan: EvaluationPlan) -> dict[str, float]:
        positive = part.labels >= plan.positive_from
        return {"cut": metrics.best_threshold(scores, positive)} if positive.any() else {}

    def judge(
        self,
        board: Board,
        model: str,
        part: Pairs,
        scores: np.ndarray,
        plan: EvaluationPlan,
        tuned: Mapping[str, float],
    ) -> None:
        judge_pairs(board, model, scores, part.labels, plan.positive_from, tuned.get("cut"))


TASK = PairRelevance()
