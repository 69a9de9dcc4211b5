"""What all tasks share that put a text into one of several classes: building, loss, judging, baselines.

A class is a vector that is learnt with the model; it starts at the mean of some of its training texts. A
text belongs to the class whose vector is nearest. Every model is judged the same way: its scores become
probabilities by one temperature, chosen on the validation part (Guo et al. 2017, arXiv 1706.04599).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from torch import Tensor

from modeling.training import data, losses
from modeling.training.baselines.classifier import class_scores, prior_scores, term_scores
from modeling.training.config import EvaluationPlan, TrainingPlan
from modeling.training.evaluation import classes as metrics
from modeling.training.evaluation.report import Board
from modeling.training.examples import Examples, Pairs, dense, sample
from modeling.training.failures import TrainingStopped
from modeling.training.tasks.base import Compared, Seen, Task
from modeling.training.texts import TextStore

MOST_CLASSES = 1000


class Row(NamedTuple):
    """A row of the data: its place there, text, name of its class, and what is drawn with it."""

    at: int
    text: str
    name: str
    group: str


class ClassTask(Task):
    """``text.left`` is the text, ``text.label`` names its class; ``text.group`` says which rows are drawn
    together. ``labels`` hold the number of the class, ``NOWHERE`` for a text that belongs to none."""

    named_columns = False
    outside: frozenset[str] = frozenset()

    def build(self, frames: Mapping[str, pl.DataFrame], plan: TrainingPlan, store: TextStore) -> Examples:
        rows = {role: self._rows(frame, plan) for role, frame in frames.items()}
        known = sorted({row.name for row in rows["train"]} - self.outside)
        if len(known) < 2:
            raise TrainingStopped("data.empty", detail="fewer than two classes")
        if len(known) > MOST_CLASSES:
            raise TrainingStopped("data.too_many_classes", count=len(known), most=MOST_CLASSES)
        place = {name: at for at, name in enumerate(known)}
        candidates = store.add(title(name) for name in known)
        parts = {
            role: self._pairs(found, role, place, store, data.slices(frames[role], plan))
            for role, found in rows.items()
        }
        train = parts.pop("train")
        train = train.take(np.flatnonzero(train.labels >= 0))
        train = sample(train, plan.recipe.max_pairs, plan.recipe.seed)
        return Examples(train=train, parts=parts, candidates=candidates, classes=tuple(known))

    def loss(self, batch: Compared) -> Tensor:
        if batch.prototypes is None:
            raise ValueError("a task with classes needs their vectors")
        return losses.to_classes(batch.left, batch.prototypes, batch.labels, batch.scale, batch.weights)

    def scores(self, examples: Examples, part: Pairs, seen: Seen) -> np.ndarray:
        classes = seen.texts[examples.candidates] if seen.classes is None else seen.classes
        found: np.ndarray = (seen.texts[part.left] @ classes.T).astype(np.float64)
        return found

    def tune(self, part: Pairs, scores: np.ndarray, plan: EvaluationPlan) -> dict[str, float]:
        own = part.labels >= 0
        found = {"temperature": metrics.temperature(scores[own], part.labels[own].astype(np.int64))}
        if not own.all():
            sure = metrics.probabilities(scores, found["temperature"]).max(axis=1)
            found["cut"] = metrics.refusal_cut(sure, self._right(part, scores), own)
        return found

    def judge(
        self,
        board: Board,
        model: str,
        part: Pairs,
        scores: np.ndarray,
        plan: EvaluationPlan,
        tuned: Mapping[str, float],
    ) -> None:
        own = part.labels >= 0
        metrics.judge_classes(board, model, scores, part.labels.astype(np.int64), tuned.get("temperature"))
        if not own.all():
            sure = metrics.probabilities(scores, tuned.get("temperature", 1.0)).max(axis=1)
            metrics.judge_refusal(board, model, sure, self._right(part, scores), own, tuned.get("cut"))

    def baselines(
        self, examples: Examples, store: TextStore, zero_shot: np.ndarray, plan: TrainingPlan
    ) -> dict[str, dict[str, np.ndarray]]:
        train, count, seed = examples.train, len(examples.classes), plan.recipe.seed
        labels, texts = train.labels.astype(np.int64), store.texts
        asked = np.concatenate([part.left for part in examples.parts.values()])
        cuts = np.cumsum([len(part) for part in examples.parts.values()])[:-1]
        known, wanted = ([texts[number] for number in numbers] for numbers in (train.left, asked))
        learnt = {
            "most_frequent": prior_scores(labels, len(asked), count),
            "tfidf_classifier": term_scores(known, labels, wanted, count, seed),
            "fixed_label_classifier": class_scores(
                zero_shot[train.left], labels, zero_shot[asked], count, seed
            ),
        }
        return {
            name: dict(zip(examples.parts, np.split(scores, cuts), strict=True))
            for name, scores in learnt.items()
            if scores is not None
        }

    def _right(self, part: Pairs, scores: np.ndarray) -> np.ndarray:
        return np.asarray(scores.argmax(axis=1) == part.labels.astype(np.int64))

    def _rows(self, frame: pl.DataFrame, plan: TrainingPlan) -> list[Row]:
        """Every row that has text and class."""
        write = data.named if self.named_columns else data.joined
        texts, text = write(frame, plan.text.left), plan.text
        names = frame[text.label].fill_null("").str.strip_chars().to_list()
        groups = (
            frame[text.group].fill_null("").to_list() if text.group else [str(at) for at in range(len(names))]
        )
        rows = enumerate(zip(texts, names, groups, strict=True))
        return [Row(at, *row) for at, row in rows if row[0] and row[1]]

    def _pairs(
        self,
        rows: list[Row],
        role: str,
        place: Mapping[str, int],
        store: TextStore,
        slices: Mapping[str, np.ndarray],
    ) -> Pairs:
        """Rows of classes that training never saw are outside; they count against every model alike."""
        if not rows:
            raise TrainingStopped("data.empty", detail=role)
        left = store.add(row.text for row in rows)
        labels = np.asarray([place.get(row.name, NOWHERE) for row in rows], dtype=np.float32)
        kept = [row.at for row in rows]
        groups = dense([row.group for row in rows])
        return Pairs(left, left, labels, groups, slices={name: held[kept] for name, held in slices.items()})


NOWHERE = -1


def title(name: str) -> str:
    """The words of a class: ``card_arrival`` reads "card arrival"."""
    return " ".join(name.replace("_", " ").split()) or name
