"""Scores of text pairs and of text against candidates by term matching, for every baseline at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer

from modeling.training.baselines.bm25 import WORD, Bm25


class TermSpaces:
    """BM25, word TF-IDF and character TF-IDF (3 to 5, inside words) over ``texts``.

    ``left`` and ``right`` say which texts are queries and which documents; equal texts are computed once.
    """

    def __init__(self, texts: list[str], documents: np.ndarray) -> None:
        bm25 = Bm25([texts[number] for number in documents])
        words = TfidfVectorizer(sublinear_tf=True, token_pattern=WORD, dtype=np.float32)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32)
        by_word, by_letter = words.fit_transform(texts), letters.fit_transform(texts)
        self._spaces = {
            "bm25": (bm25.terms(texts), bm25.weights(texts)),
            "tfidf_word": (by_word, by_word),
            "tfidf_char": (by_letter, by_letter),
        }

    @property
    def names(self) -> list[str]:
        """The baselines, in the order they are shown."""
        return list(self._spaces)

    def scores(self, name: str, left: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """Scores float64 (n, candidates) of one baseline."""
        queries, documents = self._spaces[name]
        product = sparse.csr_matrix(queries[left] @ documents[candidates].T)
        table: np.ndarray = product.toarray().astype(np.float64)
        return table

    def pairs(self, left: np.ndarray, right: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """``(baseline, scores (n,))`` of text numbers ``left[i]``, ``right[i]``."""
        for name, (queries, documents) in self._spaces.items():
            products = queries[left].multiply(documents[right])
            yield name, np.asarray(products.sum(axis=1), dtype=np.float64).ravel()

    def table(self, left: np.ndarray, candidates: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """``(baseline, scores (n, candidates))``."""
        for name in self._spaces:
            yield name, self.scores(name, left, candidates)
