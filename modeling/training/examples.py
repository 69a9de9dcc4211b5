"""What a run learns from and is judged on, as arrays of text numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from modeling.training.failures import TrainingStopped


@dataclass(frozen=True)
class Pairs:
    """Rows of one role. ``left``, ``right``: text numbers, int64 (n,); ``labels``: float32 (n,);
    ``groups``: int64 (n,), 0-based and dense: what the bootstrap draws (query, left record, message);
    ``extra``: text numbers (n, k) a row is told apart from, or None; ``slices``: by column, what each row
    says there (n,), for the columns the plan looks at apart."""

    left: np.ndarray
    right: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    extra: np.ndarray | None = None
    slices: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.left)

    def take(self, rows: np.ndarray) -> Pairs:
        """Some rows, groups renumbered densely."""
        _, groups = np.unique(self.groups[rows], return_inverse=True)
        extra = None if self.extra is None else self.extra[rows]
        slices = {name: values[rows] for name, values in self.slices.items()}
        return Pairs(
            self.left[rows], self.right[rows], self.labels[rows], groups.astype(np.int64), extra, slices
        )

    def take_groups(self, rows: int, seed: int) -> Pairs:
        """Whole groups drawn at random until ``rows`` rows are reached; all rows where there are no more."""
        if len(self) <= rows:
            return self
        order = np.random.default_rng(seed).permutation(int(self.groups.max()) + 1)
        sizes = np.bincount(self.groups)[order]
        kept = order[: int(np.searchsorted(np.cumsum(sizes), rows)) + 1]
        return self.take(np.flatnonzero(np.isin(self.groups, kept)))


@dataclass(frozen=True)
class Histories:
    """What users did: history ``h`` is ``numbers[starts[h]:starts[h + 1]]``, text numbers; none is empty."""

    numbers: np.ndarray
    starts: np.ndarray

    def sizes(self, which: np.ndarray) -> np.ndarray:
        """Texts of each history named, int64 (len(which),)."""
        found: np.ndarray = self.starts[which + 1] - self.starts[which]
        return found

    def texts(self, which: np.ndarray) -> np.ndarray:
        """The texts of those histories one after the other, int64 (Σ sizes,)."""
        sizes = self.sizes(which)
        before = np.cumsum(sizes) - sizes
        found: np.ndarray = self.numbers[
            np.repeat(self.starts[which] - before, sizes) + np.arange(sizes.sum())
        ]
        return found


def histories_of(rows: Sequence[np.ndarray]) -> Histories:
    """Histories from one array of text numbers each."""
    sizes = np.asarray([len(row) for row in rows], dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    return Histories(np.concatenate([none, *rows]), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


@dataclass(frozen=True)
class Examples:
    """``candidates``: text numbers every message is ranked against (intent titles), empty for pair tasks.
    ``classes``: their names, for tasks that learn a vector for each. ``catalogue``: the candidates are a
    catalogue, sorted by number, of any size. ``histories``: what the left numbers of all rows name instead of
    a text. ``features``: by role and name, float32 (rows, columns), what a ranker knows besides."""

    train: Pairs
    parts: dict[str, Pairs]
    candidates: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    classes: tuple[str, ...] = ()
    catalogue: bool = False
    histories: Histories | None = None
    features: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)

    def left_texts(self, left: np.ndarray) -> np.ndarray:
        """The text numbers behind some left numbers, in order."""
        return left if self.histories is None else self.histories.texts(left)

    def texts(self, part: Pairs) -> np.ndarray:
        """Every text a model must read to judge ``part``, once."""
        extra = part.right[:0] if part.extra is None else part.extra.ravel()
        return np.unique(np.concatenate([self.left_texts(part.left), part.right, extra, self.candidates]))

    def cost(self, lengths: np.ndarray) -> np.ndarray:
        """Tokens of each training row, given those of each text."""
        left, right = self.train.left, lengths[self.train.right]
        if self.histories is None:
            found: np.ndarray = lengths[left] + right
            return found
        before = np.concatenate([[0], np.cumsum(lengths[self.histories.numbers])])
        starts = self.histories.starts
        past: np.ndarray = before[starts[left + 1]] - before[starts[left]] + right
        return past

    def narrowed(self, part: Pairs, most: int, seed: int) -> Examples:
        """A smaller catalogue for a look while training: the items of ``part`` and some more."""
        if not self.catalogue or len(self.candidates) <= most:
            return self
        others = np.setdiff1d(self.candidates, part.right)
        kept = max(0, most - (len(self.candidates) - len(others)))
        drawn = np.random.default_rng(seed).permutation(others)[:kept]
        candidates = np.sort(np.concatenate([np.unique(part.right), drawn]))
        return replace(self, candidates=candidates)


def shared(train: Pairs, part: Pairs) -> dict[str, int]:
    """Rows of ``part`` that training has seen: as the same pair of texts, or on either side alone."""
    seen = set(zip(train.left.tolist(), train.right.tolist(), strict=True))
    same = [row in seen for row in zip(part.left.tolist(), part.right.tolist(), strict=True)]
    return {
        "pairs": sum(same),
        "left": int(np.isin(part.left, train.left).sum()),
        "right": int(np.isin(part.right, train.right).sum()),
    }


def refuse_leaks(examples: Examples, by: str, limit: float) -> None:
    """A score on rows that were learnt by heart says nothing. Raises ``TrainingStopped`` (data.leak) where
    more than ``limit`` of a part was seen in training, by its ``pair`` of texts or its ``left`` one."""
    if not by:
        return
    for role, part in examples.parts.items():
        count = shared(examples.train, part)["pairs" if by == "pair" else by]
        if count > limit * len(part):
            raise TrainingStopped(
                "data.leak",
                role=role,
                count=count,
                rows=len(part),
                share=f"{count / len(part):.1%}",
                limit=f"{limit:.1%}",
            )


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
