"""Classifiers without fine-tuning. Logistic regression on frozen vectors is the honest limit of intents.

It learns one weight vector per label, so it knows only labels it was trained on; where the set of labels is
closed it is hard to beat (demo-tasks §3).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


def class_scores(
    vectors: np.ndarray, labels: np.ndarray, asked: np.ndarray, classes: int, seed: int
) -> np.ndarray | None:
    """Log probabilities float64 (asked, classes); -inf for labels never seen. None where only one label is
    known.

    ``vectors`` (n, d) and ``labels`` (n,) train it, ``asked`` (m, d) is judged.
    """
    return _fitted(vectors, labels, asked, classes, seed)


def term_scores(
    texts: list[str], labels: np.ndarray, asked: list[str], classes: int, seed: int
) -> np.ndarray | None:
    """The same on character TF-IDF (1 to 3, any script), fitted on the training texts alone."""
    letters = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)
    try:
        return _fitted(letters.fit_transform(texts), labels, letters.transform(asked), classes, seed)
    except ValueError:  # an empty vocabulary: texts without a character left
        return None


def prior_scores(labels: np.ndarray, rows: int, classes: int) -> np.ndarray:
    """Log shares of the classes in training, float64 (rows, classes): the guess that reads no text."""
    counts = np.bincount(labels, minlength=classes) + 1.0
    return np.tile(np.log(counts / counts.sum()), (rows, 1))


def _fitted(known: Any, labels: np.ndarray, asked: Any, classes: int, seed: int) -> np.ndarray | None:
    if len(np.unique(labels)) < 2:
        return None
    model = LogisticRegression(C=10.0, max_iter=300, random_state=seed)
    model.fit(known, labels)
    scores = np.full((asked.shape[0], classes), -np.inf)
    scores[:, model.classes_.astype(np.int64)] = model.predict_log_proba(asked)
    return scores
