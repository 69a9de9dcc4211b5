"""What a run learns from and is judged on, as arrays of text numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Pairs:
    """Rows of one role. ``left``, ``right``: text numbers, int64 (n,); ``labels``: float32 (n,);
    ``groups``: int64 (n,), 0-based and dense: what the bootstrap draws (query, left record, message);
    ``extra``: text numbers (n, k) a row is told apart from, or None."""

    left: np.ndarray
    right: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    extra: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.left)

    def take(self, rows: np.ndarray) -> Pairs:
        """Some rows, groups renumbered densely."""
        _, groups = np.unique(self.groups[rows], return_inverse=True)
        extra = None if self.extra is None else self.extra[rows]
        return Pairs(self.left[rows], self.right[rows], self.labels[rows], groups.astype(np.int64), extra)

    def take_groups(self, rows: int, seed: int) -> Pairs:
        """Whole groups drawn at random until ``rows`` rows are reached; all rows where there are no more."""
        if len(self) <= rows:
            return self
        order = np.random.default_rng(seed).permutation(int(self.groups.max()) + 1)
        sizes = np.bincount(self.groups)[order]
        kept = order[: int(np.searchsorted(np.cumsum(sizes), rows)) + 1]
        return self.take(np.flatnonzero(np.isin(self.groups, kept)))


@dataclass(frozen=True)
class Examples:
    """``candidates``: text numbers every message is ranked against (intent titles), empty for pair tasks.
    ``classes``: their names, for tasks that learn a vector for each. ``catalogue``: the candidates are a
    catalogue, sorted by number, of any size."""

    train: Pairs
    parts: dict[str, Pairs]
    candidates: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    classes: tuple[str, ...] = ()
    catalogue: bool = False

    def narrowed(self, part: Pairs, most: int, seed: int) -> Examples:
        """A smaller catalogue for a look while training: the items of ``part`` and some more."""
        if not self.catalogue or len(self.candidates) <= most:
            return self
        others = np.setdiff1d(self.candidates, part.right)
        kept = max(0, most - (len(self.candidates) - len(others)))
        drawn = np.random.default_rng(seed).permutation(others)[:kept]
        candidates = np.sort(np.concatenate([np.unique(part.right), drawn]))
        return Examples(self.train, self.parts, candidates, self.classes, self.catalogue)


def shared(train: Pairs, part: Pairs) -> dict[str, int]:
    """Rows of ``part`` that training has seen: as the same pair of texts, or on either side alone."""
    seen = set(zip(train.left.tolist(), train.right.tolist(), strict=True))
    same = [row in seen for row in zip(part.left.tolist(), part.right.tolist(), strict=True)]
    return {
        "pairs": sum(same),
        "left": int(np.isin(part.left, train.left).sum()),
        "right": int(np.isin(part.right, train.right).sum()),
    }


def dense(values: list[str] | np.ndarray) -> np.ndarray:
    """Equal values get equal numbers from 0, in order of first appearance; int64 (n,)."""
    numbers: dict[object, int] = {}
    return np.asarray([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)


def sample(pairs: Pairs, limit: int, seed: int) -> Pairs:
    """At most ``limit`` rows, drawn without order by seed and kept in file order."""
    if len(pairs) <= limit:
        return pairs
    rows = np.sort(np.random.default_rng(seed).permutation(len(pairs))[:limit])
    return pairs.take(rows)
