"""Recommendation, y = f(x, D_u, D_h): what will a user newly take, given all they and others took before?

A text tower learns from in-batch negatives to bring the mean of a user's history and their next item
together. By itself it never beats counting (demo-tasks §1). So it is one feature of a ranker beside
popularity, co-occurrence and the user's own kinds, fitted on the validation window and judged on the test
window; the same ranker without text says what the text is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor

from modeling.training import losses
from modeling.training.baselines.bm25 import WORD
from modeling.training.config import EvaluationPlan, TrainingPlan
from modeling.training.evaluation import metrics
from modeling.training.evaluation.report import Board
from modeling.training.examples import Examples, Pairs, dense, histories_of, sample
from modeling.training.failures import TrainingStopped
from modeling.training.stages import BASELINES
from modeling.training.tasks.base import MAIN, ZERO_SHOT, Compared, Seen, Task
from modeling.training.tasks.recommendation import events, journeys, ranker
from modeling.training.tasks.recommendation.features import Past
from modeling.training.tasks.recommendation.journeys import LIST, runs
from modeling.training.texts import TextStore

TEXT: Final = "text"
SHOWN: Final = ("popularity", "item_knn", "own_kind")
FITTED: Final = 6000
_CHUNK: Final = 256
Scores = dict[str, dict[str, np.ndarray]]


class Recommendation(Task):
    """``left`` names a history, ``right`` the item newly taken; of a list ``extra`` (n, 200) holds all its
    items and ``labels`` are 1 where nobody had taken the item before. Drawn by user."""

    def build(self, frames: Mapping[str, pl.DataFrame], plan: TrainingPlan, store: TextStore) -> Examples:
        found = events.read(frames, plan)
        done, offered = store.add(found.done), store.add(found.offered)
        _, wanted, past = journeys.examples(found.takings, plan.recipe.history)
        if len(wanted) < 2:
            raise TrainingStopped("data.empty", detail="fewer than two users with a history of five items")
        rows = [done[items] for items in past]
        every = np.arange(len(wanted))
        train = Pairs(every, offered[wanted], wanted.astype(np.float32), every)
        parts: dict[str, Pairs] = {}
        known: dict[str, Mapping[str, np.ndarray]] = {}
        for number, role in ((1, "valid"), (2, "test")):
            asked = journeys.lists(found.takings, number, plan.evaluation.seed)
            if not len(asked):
                raise TrainingStopped("data.empty", detail=role)
            before = found.takings.before(number)
            taken = journeys.histories(before, plan.recipe.history)
            place = {user: len(rows) + at for at, user in enumerate(taken)}
            rows += [done[items] for items in taken.values()]
            left = np.asarray([place[int(user)] for user in asked.user], dtype=np.int64)
            cold = asked.cold.astype(np.float32)
            parts[role] = Pairs(
                left, offered[asked.item], cold, dense(asked.user.tolist()), offered[asked.table()]
            )
            known[role] = Past(before, found.kinds).of(asked)
        train = sample(train, plan.recipe.max_pairs, plan.recipe.seed)
        return Examples(train=train, parts=parts, histories=histories_of(rows), features=known)

    def loss(self, batch: Compared) -> Tensor:
        return losses.in_batch(batch.left, batch.right, batch.labels, batch.scale, batch.extra)

    def scores(self, examples: Examples, part: Pairs, seen: Seen) -> np.ndarray:
        if seen.histories is None or part.extra is None:
            raise ValueError("a recommendation needs the vectors of its histories")
        found = np.empty(part.extra.shape, dtype=np.float32)
        for rows in _chunks(len(part)):
            items = seen.texts[part.extra[rows]]
            found[rows] = np.einsum("nd,nmd->nm", seen.histories[part.left[rows]], items)
        return found

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
        cold = part.labels > 0
        uniform, matched = scores[:, :LIST], scores[:, LIST:]
        for name, block, asked in (
            ("uniform", uniform, ~cold),
            ("matched", matched, ~cold),
            ("cold", matched, cold),
        ):
            for metric, values in _by_list(block, plan.cutoff).items():
                if metric == "gauc" or name != "cold":
                    board.mean(f"{metric}_{name}", model, *_by_user(values, part.groups, asked, board.count))

    def baselines(
        self, examples: Examples, store: TextStore, zero_shot: np.ndarray, plan: TrainingPlan
    ) -> Scores:
        found: Scores = {
            name: {role: known[name] for role, known in examples.features.items()}
            for name in SHOWN
            if name in examples.features["test"]
        }
        words = TfidfVectorizer(sublinear_tf=True, token_pattern=WORD, dtype=np.float32)
        terms = words.fit_transform(store.texts)
        found["tfidf_word"] = {
            role: _term_scores(examples, part, terms) for role, part in examples.parts.items()
        }
        return found

    def combine(self, examples: Examples, scores: Scores) -> tuple[Scores, dict[str, Any]]:
        """The ranker becomes the model that is judged; the text by itself stays beside it as
        ``text_alone``."""
        plain = tuple(examples.features["test"])
        rankers = {
            MAIN: (MAIN, (*plain, TEXT)),
            "ranker_zero_shot_text": (ZERO_SHOT, (*plain, TEXT)),
            "ranker_without_text": (ZERO_SHOT, plain),
            **{name: (name, (*plain, TEXT)) for name in BASELINES if name in scores},
        }
        combined: Scores = {}
        fitted: dict[str, Any] = {}
        for name, (text, names) in rankers.items():
            known = {
                role: {**features, TEXT: scores[text][role]} for role, features in examples.features.items()
            }
            pair = _fitted(known["valid"], names, examples.parts["valid"].labels > 0)
            combined[name] = {role: _ranked(pair, features) for role, features in known.items()}
            if name == MAIN:
                fitted = {"uniform": pair[0].as_json(), "matched": pair[1].as_json()}
        rest = {name: found for name, found in scores.items() if name not in {MAIN, *BASELINES}}
        return {**combined, "text_alone": scores[MAIN], **rest}, {"ranker.json": fitted}


def _fitted(
    features: Mapping[str, np.ndarray], names: tuple[str, ...], cold: np.ndarray
) -> tuple[ranker.Ranker, ranker.Ranker]:
    """One ranker for even negatives, where all items were known, and one for matched ones."""
    warm, every = np.flatnonzero(~cold)[:FITTED], np.arange(len(cold))[:FITTED]
    return (
        ranker.fit({name: features[name][warm][:, :LIST] for name in names}, names),
        ranker.fit({name: features[name][every][:, LIST:] for name in names}, names),
    )


def _ranked(pair: tuple[ranker.Ranker, ranker.Ranker], features: Mapping[str, np.ndarray]) -> np.ndarray:
    halves = (slice(0, LIST), slice(LIST, 2 * LIST))
    return np.concatenate(
        [
            one.scores({name: values[:, half] for name, values in features.items()})
            for one, half in zip(pair, halves, strict=True)
        ],
        axis=1,
    )


def _by_list(scores: np.ndarray, cutoff: int) -> dict[str, np.ndarray]:
    """``gauc``: the share of negatives below the taken item, ties half; ``ndcg@cutoff``. Per list (n,)."""
    taken, others = scores[:, :1], scores[:, 1:]
    below = (others < taken).mean(axis=1) + 0.5 * (others == taken).mean(axis=1)
    ranked = metrics.single_answer(scores, np.zeros(len(scores), dtype=np.int64), cutoff)
    return {"gauc": below, f"ndcg@{cutoff}": ranked[f"ndcg@{cutoff}"]}


def _by_user(
    values: np.ndarray, user: np.ndarray, asked: np.ndarray, users: int
) -> tuple[np.ndarray, np.ndarray]:
    """Means over the lists of each user that are ``asked``, and where there are any."""
    sizes = np.bincount(user[asked], minlength=users)
    sums = np.bincount(user[asked], weights=values[asked], minlength=users)
    return sums / np.maximum(sizes, 1), sizes > 0


def _term_scores(examples: Examples, part: Pairs, terms: Any) -> np.ndarray:
    """Word TF-IDF of all a user took against that of each item of a list, (n, 200)."""
    if examples.histories is None or part.extra is None:
        raise ValueError("a recommendation has histories")
    found = np.empty(part.extra.shape, dtype=np.float32)
    for rows in runs(part.left):
        texts = examples.histories.texts(part.left[rows.start : rows.start + 1])
        profile = np.asarray(terms[texts].sum(axis=0)).ravel()
        asked, place = np.unique(part.extra[rows], return_inverse=True)
        found[rows] = (terms[asked] @ profile)[place].reshape(part.extra[rows].shape)
    return found


def _chunks(count: int) -> Iterator[slice]:
    yield from (slice(at, at + _CHUNK) for at in range(0, count, _CHUNK))


TASK = Recommendation()
