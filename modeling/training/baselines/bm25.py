"""BM25 (Robertson and Zaragoza 2009) on word tokens."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import CountVectorizer

WORD: Final = r"(?u)\b\w+\b"


class Bm25:
    """``k1`` 1.5, ``b`` 0.75; idf = log(1 + (N - n + 0.5) / (n + 0.5)), so that no term counts against a
    document."""

    def __init__(self, documents: list[str], k1: float = 1.5, b: float = 0.75) -> None:
        self._counter = CountVectorizer(token_pattern=WORD, dtype=np.float64)
        self._k1, self._b = k1, b
        counts = self._counter.fit_transform(documents)
        present = np.asarray((counts > 0).sum(axis=0)).ravel()
        self._idf = np.log1p((len(documents) - present + 0.5) / (present + 0.5))
        self._mean_length = max(1.0, float(counts.sum()) / len(documents))

    def weights(self, documents: list[str]) -> sparse.csr_matrix:
        """Term weights of documents, sparse (documents, terms)."""
        counts = self._counter.transform(documents).tocoo()
        lengths = np.asarray(counts.tocsr().sum(axis=1)).ravel()
        norm = self._k1 * (1.0 - self._b + self._b * lengths[counts.row] / self._mean_length)
        values = self._idf[counts.col] * counts.data * (self._k1 + 1.0) / (counts.data + norm)
        return sparse.csr_matrix((values, (counts.row, counts.col)), shape=counts.shape)

    def terms(self, queries: list[str]) -> sparse.csr_matrix:
        """Term counts of queries, sparse (queries, terms)."""
        return sparse.csr_matrix(self._counter.transform(queries))
