"""The fixed-label classifier: logistic regression on frozen vectors. The honest limit of intent matching.

It learns one weight vector per label, so it knows only labels it was trained on; where the set of labels is
closed it is hard to beat (demo-tasks §3).
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression


def class_scores(
    vectors: np.ndarray, labels: np.ndarray, asked: np.ndarray, classes: int, seed: int
) -> np.ndarray | None:
    """Log probabilities float64 (asked, classes); -inf for labels never seen. None where only one label is
    known.

    ``vectors`` (n, d) and ``labels`` (n,) train it, ``asked`` (m, d) is judged.
    """
    if len(np.unique(labels)) < 2:
        return None
    model = LogisticRegression(C=10.0, max_iter=300, random_state=seed)
    model.fit(vectors, labels)
    scores = np.full((len(asked), classes), -np.inf)
    scores[:, model.classes_.astype(np.int64)] = model.predict_log_proba(asked)
    return scores
