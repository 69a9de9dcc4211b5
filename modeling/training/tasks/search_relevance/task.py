"""Search relevance: order inside each query (NDCG, GAUC) beside the pooled AUC, drawn by query.

Pooled AUC alone would overstate a ranking gain: much of it is calibration across queries (fine-tuning §2).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from modeling.training.config import EvaluationPlan
from modeling.training.evaluation import metrics
from modeling.training.evaluation.report import Board
from modeling.training.examples import Pairs
from modeling.training.tasks.pairs import LabelledPairs


class SearchRelevance(LabelledPairs):
    """Gains are the labels as they are; ``positive_from`` makes them yes or no for AUC and GAUC."""

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
        positive = part.labels >= plan.positive_from
        gains = np.maximum(part.labels.astype(np.float64), 0.0)
        board.mean(f"ndcg@{plan.cutoff}", model, *metrics.group_ndcg(scores, gains, part.groups, plan.cutoff))
        board.mean("gauc", model, *metrics.group_auc(scores, positive, part.groups))
        board.pooled("auc", model, lambda weights: metrics.auc(scores, positive, weights))


TASK = SearchRelevance()
