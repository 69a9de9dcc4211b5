"""What a training task is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:  # torch, numpy and polars must not load where only the cards are read
    from collections.abc import Mapping

    import numpy as np
    import polars as pl
    from torch import Tensor

    from modeling.training.config import EvaluationPlan, TrainingPlan
    from modeling.training.evaluation.report import Board
    from modeling.training.examples import Examples, Pairs
    from modeling.training.texts import TextStore

    Scores = dict[str, dict[str, np.ndarray]]


MAIN: Final = "fine_tuned"
ZERO_SHOT: Final = "zero_shot"


@dataclass(frozen=True)
class TaskCard:
    """What a page or form needs to know of a task, without torch. ``headline`` is the metric shown first;
    ``needs_right``: whether a row has a second text; ``events``: whether a row is an event of a log;
    ``catalogue``: whether it ranks all items there are; ``leaks_by``: what of a judged row training must not
    have seen: the ``pair`` of texts, the ``left`` one, or nothing where equal texts come about by chance;
    ``row_by_row``: whether a judged row is a row of the data, so that other columns tell rows apart;
    ``trends``: whether the shares of its classes may be followed over time."""

    name: str
    module: str
    en: str
    zh: str
    headline: str
    loss: str
    needs_label: bool
    needs_right: bool = True
    events: bool = False
    catalogue: bool = False
    leaks_by: str = "pair"
    row_by_row: bool = False
    trends: bool = False


@dataclass(frozen=True)
class Compared:
    """One batch for a loss. ``left``, ``right``: unit rows (b, d); ``labels`` (b,); ``scale``: inverse
    temperature. ``prototypes``: unit rows (c, d), one per class, and ``weights`` (c,), for tasks that
    classify; ``extra``: unit rows (b, k, d) each row is told apart from."""

    left: Tensor
    right: Tensor
    labels: Tensor
    scale: float
    prototypes: Tensor | None = None
    weights: Tensor | None = None
    extra: Tensor | None = None


@dataclass(frozen=True)
class Seen:
    """What one model makes of the texts. ``texts``: unit rows (texts of the store, d); ``classes``: unit rows
    (c, d), learnt, None where a class is what its title says; ``histories``: unit rows (histories, d)."""

    texts: np.ndarray
    classes: np.ndarray | None = None
    histories: np.ndarray | None = None


class Task(Protocol):
    """Builds examples, gives the loss of one batch, scores and judges.

    Scores have one number per row of a part, or one per row and candidate.
    """

    def build(self, frames: Mapping[str, pl.DataFrame], plan: TrainingPlan, store: TextStore) -> Examples:
        """Rows to text numbers. Raises ``TrainingStopped`` (data.*)."""

    def loss(self, batch: Compared) -> Tensor:
        """The loss of one batch, a scalar."""

    def scores(self, examples: Examples, part: Pairs, seen: Seen) -> np.ndarray:
        """How well each left text fits its right text, every candidate or every class."""

    def tune(self, part: Pairs, scores: np.ndarray, plan: EvaluationPlan) -> dict[str, float]:
        """What a model may choose by looking at the validation part: a cut, a temperature."""

    def judge(
        self,
        board: Board,
        model: str,
        part: Pairs,
        scores: np.ndarray,
        plan: EvaluationPlan,
        tuned: Mapping[str, float],
    ) -> None:
        """Put every metric of one model on the board."""

    def baselines(
        self, examples: Examples, store: TextStore, zero_shot: np.ndarray, plan: TrainingPlan
    ) -> dict[str, dict[str, np.ndarray]]:
        """Scores by baseline and part, without the zero-shot model itself."""

    def combine(self, examples: Examples, scores: Scores) -> tuple[Scores, dict[str, Any]]:
        """What the models are judged by in the end, given all their scores by model and part; and files of
        plain data, by name, that belong beside the weights."""
        return scores, {}
