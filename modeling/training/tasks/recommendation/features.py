"""What is known of a user and an item without reading their texts (demo-tasks §1)."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from modeling.training.tasks.recommendation.journeys import Lists, Takings, runs

PLAIN: Final = ("popularity", "item_knn")
KINDS: Final = ("kind_popularity", "kind_knn", "own_kind")


class Past:
    """The features of every list of a window, from what was taken before it. ``kinds`` (items,): the number
    of each item's kind, or None."""

    def __init__(self, past: Takings, kinds: np.ndarray | None) -> None:
        ones = np.ones(len(past.user), dtype=np.float32)
        shape = (past.users, past.items)
        self._taken = sparse.csr_matrix((ones, (past.user, past.item)), shape=shape)
        self._near = _neighbours(self._taken)
        self._kinds = kinds
        if kinds is not None:
            count = int(kinds.max(initial=-1)) + 1
            grouped = sparse.csr_matrix((ones, (past.user, kinds[past.item])), shape=(past.users, count))
            self._grouped = grouped
            binary = grouped.copy()
            binary.data[:] = 1.0
            self._binary, self._near_kinds = binary, _neighbours(binary)

    @property
    def names(self) -> tuple[str, ...]:
        return PLAIN if self._kinds is None else PLAIN + KINDS

    def of(self, asked: Lists) -> dict[str, np.ndarray]:
        """Each feature, float32 (n, 200), in the order of :meth:`Lists.table`."""
        items = asked.table()
        counts = np.asarray(self._taken.sum(axis=0)).ravel()
        found = {
            "popularity": np.log1p(counts)[items],
            "item_knn": _scored(self._taken, self._near, asked.user, items),
        }
        if self._kinds is not None:
            kinds = self._kinds[items]
            wide = np.asarray(self._binary.sum(axis=0)).ravel()
            found["kind_popularity"] = np.log1p(wide)[kinds]
            found["kind_knn"] = _scored(self._binary, self._near_kinds, asked.user, kinds)
            found["own_kind"] = np.log1p(_looked_up(self._grouped, asked.user, kinds))
        return {name: values.astype(np.float32) for name, values in found.items()}


def _neighbours(taken: sparse.csr_matrix) -> sparse.csr_matrix:
    """Cosine of the users two items share (items, items), nothing on the diagonal."""
    counts = np.asarray(taken.sum(axis=0)).ravel()
    scale = sparse.diags(1.0 / np.sqrt(np.maximum(counts, 1.0)))
    scaled = taken @ scale
    near = sparse.csr_matrix(scaled.T @ scaled)
    near.setdiag(0.0)
    return near


def _scored(
    taken: sparse.csr_matrix, near: sparse.csr_matrix, user: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """Σ over what the user took of its nearness to each item; float32 (n, 200). A user's rows stand
    together."""
    found = np.zeros(items.shape, dtype=np.float32)
    for rows in runs(user):
        scores = np.asarray((taken[int(user[rows.start])] @ near).todense()).ravel()
        found[rows] = scores[items[rows]]
    return found


def _looked_up(table: sparse.csr_matrix, user: np.ndarray, columns: np.ndarray) -> np.ndarray:
    found = np.zeros(columns.shape, dtype=np.float32)
    for rows in runs(user):
        found[rows] = np.asarray(table[int(user[rows.start])].todense()).ravel()[columns[rows]]
    return found
