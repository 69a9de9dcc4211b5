"""Which of many texts are nearly some other one: exact Jaccard of code-point n-gram sets, without comparing
all pairs.

Grams are numbered from the rarest up. Two sets with |A ∩ B| / |A ∪ B| ≥ t share one of their first
|A| − ⌈t·|A|⌉ + 1 grams, and are of like size, so only such pairs are made (prefix filter); a signature of 256
bits bounds what a pair can share, and what is left is counted. Everything is decided in whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PAIRS = 1 << 21
"""Pairs looked at together."""
_POINTS = 0x110000
_WORDS = 4
_MIX = np.uint64(0x9E3779B97F4A7C15)


def near_texts(texts: Sequence[str], threshold: Fraction, size: int) -> list[bool]:
    """For distinct texts: is the Jaccard of code-point n-gram sets with some other one ≥ threshold?"""
    if threshold <= 0:
        return [len(texts) > 1] * len(texts)
    near = np.zeros(len(texts), dtype=bool)
    # A text shorter than a gram is its own only gram, and no other text has it.
    long = [place for place, text in enumerate(texts) if len(text) >= size]
    if len(long) > 1:
        sets = _Sets.of([texts[place] for place in long], size)
        near[long] = _near(sets, threshold)
    return [bool(found) for found in near]


@dataclass(frozen=True)
class _Sets:
    """The gram sets of the texts: `grams[starts[i]:starts[i + 1]]`, rarest first."""

    grams: Whole
    starts: Whole

    @classmethod
    def of(cls, texts: Sequence[str], size: int) -> _Sets:
        owner, found = _numbered_grams(texts, size)
        pairs = np.unique(owner * (found.max() + 1) + found)
        owner, found = np.divmod(pairs, found.max() + 1)
        counts = np.bincount(found)
        rank = np.empty(len(counts), dtype=np.int64)
        rank[np.lexsort((np.arange(len(counts)), counts))] = np.arange(len(counts))
        ranked = rank[found]
        order = np.lexsort((ranked, owner))
        starts = np.searchsorted(owner, np.arange(len(texts) + 1))
        return cls(ranked[order], starts)

    @property
    def sizes(self) -> Whole:
        return np.diff(self.starts)

    def set_of(self, place: int) -> set[int]:
        return set(self.grams[self.starts[place] : self.starts[place + 1]].tolist())


def _numbered_grams(texts: Sequence[str], size: int) -> tuple[Whole, Whole]:
    """For each gram of each text: the text, and a number that is the same for equal grams only."""
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    lengths = np.array([len(text) for text in texts])
    owner = np.repeat(np.arange(len(texts)), lengths)
    ends = np.repeat(np.cumsum(lengths), lengths)
    first = np.arange(len(points))
    first = first[first + size <= ends]
    number = points[first]
    for step in range(1, size):
        _, number = np.unique(number * _POINTS + points[first + step], return_inverse=True)
    return owner[first], number


def _near(sets: _Sets, threshold: Fraction) -> Flags:
    sizes, signs = sets.sizes, _signatures(sets)
    # |A ∩ B| ≥ t·|A ∪ B| says |A ∩ B| ≥ t/(1 + t)·(|A| + |B|).
    needed_of = _rounded_up(threshold / (1 + threshold), 2 * int(sizes.max()))
    near = np.zeros(len(sizes), dtype=bool)
    for left, right, most in _pairs(sets, threshold):
        together = sizes[left] + sizes[right]
        least = needed_of[together]
        apart = np.bitwise_count(signs[left] ^ signs[right]).sum(axis=1, dtype=np.int64)
        maybe = (most >= least) & (together - apart >= 2 * least) & ~(near[left] & near[right])
        pairs = np.unique(np.stack([left[maybe], right[maybe], least[maybe]], axis=1), axis=0)
        for one, other, needed in pairs.tolist():
            if not (near[one] and near[other]) and len(sets.set_of(one) & sets.set_of(other)) >= needed:
                near[one] = near[other] = True
    return near


def _rounded_up(share: Fraction, most: int) -> Whole:
    """⌈share·n⌉ for n = 0 … most, whatever the digits of the share."""
    numerator, denominator = share.numerator, share.denominator
    return np.array([-(-n * numerator // denominator) for n in range(most + 1)], dtype=np.int64)


def _signatures(sets: _Sets) -> npt.NDArray[np.uint64]:
    """256 bits a text; sets that differ in d bits differ in d grams or more."""
    bits = (sets.grams.astype(np.uint64) * _MIX) >> np.uint64(56)
    one = np.uint64(1) << (bits & np.uint64(63))
    words = bits >> np.uint64(6)
    columns = [
        np.bitwise_or.reduceat(np.where(words == word, one, np.uint64(0)), sets.starts[:-1])
        for word in range(_WORDS)
    ]
    return np.stack(columns, axis=1)


def _pairs(sets: _Sets, threshold: Fraction) -> Iterator[tuple[Whole, Whole, Whole]]:
    """Pairs of texts that share a gram of their prefixes and are of like size, a bounded number at a time,
    with the most grams they can share if that gram is the first they share."""
    sizes = sets.sizes
    top = int(sizes.max())
    prefix = sizes - _rounded_up(threshold, top)[sizes] + 1
    owner = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(sets.grams)) - sets.starts[owner]
    kept = place < prefix[owner]
    gram, owner, place = sets.grams[kept], owner[kept], place[kept]
    order = np.lexsort((sizes[owner], gram))
    gram, owner, place = gram[order], owner[order], place[order]
    size = sizes[owner]
    scale = top + 1
    longest = np.array([min(n * threshold.denominator // threshold.numerator, top) for n in range(top + 1)])
    largest = longest[size]
    ends = np.searchsorted(gram * scale + size, gram * scale + largest, side="right")
    counts = ends - np.arange(len(gram)) - 1
    upto = np.cumsum(counts)
    start = 0
    while start < len(gram):
        done = upto[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(upto, done + PAIRS, side="right")))
        left = np.repeat(np.arange(start, stop), counts[start:stop])
        before = np.repeat(upto[start:stop] - counts[start:stop] - done, counts[start:stop])
        right = left + 1 + np.arange(len(left)) - before
        rest = np.minimum(size[left] - place[left], size[right] - place[right])
        yield owner[left], owner[right], rest
        start = stop
