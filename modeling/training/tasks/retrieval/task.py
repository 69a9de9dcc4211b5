"""Retrieval: every query against every item of the catalogue, drawn by query.

The catalogue is every different right text of all roles, those of rows that do not count as pairs too. It
learns from the other items of a batch, and from ``hard_negatives`` items per query that look alike by words
but belong to other queries (Karpukhin et al. 2020, arXiv 2004.04906).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import polars as pl
from torch import Tensor

from modeling.training import data, losses
from modeling.training.baselines.matching import TermSpaces
from modeling.training.config import EvaluationPlan, TrainingPlan
from modeling.training.evaluation import retrieval as metrics
from modeling.training.evaluation.report import Board
from modeling.training.examples import Examples, Pairs, dense, sample
from modeling.training.failures import TrainingStopped
from modeling.training.tasks.base import Compared, Seen, Task
from modeling.training.texts import TextStore

CHUNK: Final = 256
MINED_BY: Final = "tfidf_word"


class Retrieval(Task):
    """``labels`` hold the text number of the item, so that two rows with one item are no negatives."""

    def build(self, frames: Mapping[str, pl.DataFrame], plan: TrainingPlan, store: TextStore) -> Examples:
        rows = {role: _rows(frame, role, plan) for role, frame in frames.items()}
        items = [item for found in rows.values() for _, item, _, _ in found]
        candidates = np.unique(store.add(dict.fromkeys(items)))
        if len(candidates) < 2:
            raise TrainingStopped("data.empty", detail="fewer than two items")
        parts = {role: _pairs(found, role, store) for role, found in rows.items()}
        train = sample(parts.pop("train"), plan.recipe.max_pairs, plan.recipe.seed)
        if plan.recipe.hard_negatives:
            train = _with_negatives(train, candidates, store, plan.recipe.hard_negatives)
        return Examples(train=train, parts=parts, candidates=candidates, catalogue=True)

    def loss(self, batch: Compared) -> Tensor:
        return losses.in_batch(batch.left, batch.right, batch.labels, batch.scale, batch.extra)

    def scores(self, examples: Examples, part: Pairs, seen: Seen) -> np.ndarray:
        items = seen.texts[examples.candidates].T
        chunks = (seen.texts[queries] @ items for queries in _chunks(_queries(part)))
        return metrics.ranks(chunks, *_answers(part, examples.candidates))

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
        _, first, query = np.unique(part.left, return_index=True, return_inverse=True)
        group = part.groups[first]
        sizes = np.bincount(group)
        for name, values in metrics.by_query(scores, query, plan.cutoff).items():
            means = np.bincount(group, weights=values) / np.maximum(sizes, 1)
            board.mean(name, model, means, sizes > 0)

    def baselines(
        self, examples: Examples, store: TextStore, zero_shot: np.ndarray, plan: TrainingPlan
    ) -> dict[str, dict[str, np.ndarray]]:
        spaces = TermSpaces(store.texts, examples.candidates)
        found: dict[str, dict[str, np.ndarray]] = {}
        for role, part in examples.parts.items():
            for name in spaces.names:
                chunks = (
                    spaces.scores(name, queries, examples.candidates) for queries in _chunks(_queries(part))
                )
                ranks = metrics.ranks(chunks, *_answers(part, examples.candidates))
                found.setdefault(name, {})[role] = ranks
        return found


def _rows(frame: pl.DataFrame, role: str, plan: TrainingPlan) -> list[tuple[str, str, bool, str]]:
    """(query, item, whether they belong together, group) of every row that has both texts."""
    text = plan.text
    queries, items = data.joined(frame, text.left), data.joined(frame, text.right)
    good = [True] * len(queries)
    if text.label:
        good = [mark >= plan.evaluation.positive_from for mark in data.labels(frame, text.label, role)]
    groups = frame[text.group].fill_null("").to_list() if text.group else queries
    return [row for row in zip(queries, items, good, groups, strict=True) if row[0] and row[1]]


def _pairs(rows: list[tuple[str, str, bool, str]], role: str, store: TextStore) -> Pairs:
    """The rows that belong together, the same pair once; a query stays in the group it was first seen in."""
    home: dict[str, str] = {}
    good = list(
        dict.fromkeys(
            (query, item, home.setdefault(query, group)) for query, item, belongs, group in rows if belongs
        )
    )
    if not good:
        raise TrainingStopped("data.empty", detail=role)
    left, right = store.add(row[0] for row in good), store.add(row[1] for row in good)
    return Pairs(left, right, right.astype(np.float32), dense([row[2] for row in good]))


def _queries(part: Pairs) -> np.ndarray:
    return np.unique(part.left)


def _answers(part: Pairs, candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of every row: the place of its query among the queries, and of its item in the catalogue."""
    return np.searchsorted(_queries(part), part.left), np.searchsorted(candidates, part.right)


def _chunks(numbers: np.ndarray) -> Iterator[np.ndarray]:
    yield from (numbers[at : at + CHUNK] for at in range(0, len(numbers), CHUNK))


def _with_negatives(train: Pairs, candidates: np.ndarray, store: TextStore, count: int) -> Pairs:
    """Per row the ``count`` items nearest to its query by words that are no answer to it; where the catalogue
    has too few, the query's own item, which the loss leaves out."""
    spaces = TermSpaces(store.texts, candidates)
    queries = _queries(train)
    answers: dict[int, list[int]] = {}
    for query, item in zip(*_answers(train, candidates), strict=True):
        answers.setdefault(int(query), []).append(int(item))
    near = np.zeros((len(queries), count), dtype=np.int64)
    own = np.full(len(queries), count, dtype=np.int64)
    at = 0
    for chunk in _chunks(queries):
        for scores in spaces.scores(MINED_BY, chunk, candidates):
            scores[answers[at]] = -np.inf
            best = np.argsort(-scores, kind="stable")[:count]
            best = best[np.isfinite(scores[best])]
            near[at, : len(best)], own[at] = candidates[best], len(best)
            at += 1
    places = np.searchsorted(queries, train.left)
    extra = near[places]
    missing = np.arange(count)[None] >= own[places][:, None]
    return Pairs(
        train.left, train.right, train.labels, train.groups, np.where(missing, train.right[:, None], extra)
    )


TASK = Retrieval()
