"""Keys that occur more than once: exact, and within a bound of memory (standard-rules §4, §7.4).

A first look takes one 8-byte hash per key, sorts them and keeps those that occur again. Rows of such a hash
are only candidates: a second look compares their keys by value, so no collision can decide. Where the hashes
of a table outgrow the budget they are looked at in slices of the hash space, one pass each; where the
candidates are many they are grouped by value in slices too, and only groups are held, so a table whose every
row fails costs no more than one whose rows are all right.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from governance.validation.kinds.base import ROW

Hashes = npt.NDArray[np.uint64]

SEED = 0
BUDGET = 512 << 20
"""Bytes that hashes, and the groups of candidates, may take."""
MOST_CANDIDATES = 100_000
"""Up to so many candidate rows are fetched and compared at once; more are grouped while they stream by."""
_GROUP_BYTES = 200
"""What a group of candidates may take in memory, its key included."""
_HASH = "_gavel_hash"
MOST_LISTED = 10_000
"""Up to so many hashes are looked up by polars' own `is_in`."""


def key_hash(parts: list[pl.Expr]) -> pl.Expr:
    """8-byte hash of a key; equal keys have equal hashes, missing parts included."""
    return parts[0].hash(SEED) if len(parts) == 1 else pl.struct(parts).hash(SEED)


@dataclass(frozen=True)
class Repeated:
    """Hashes that occur more than once, sorted, and in how many rows."""

    hashes: Hashes
    rows: int

    def among(self, hashed: pl.Expr) -> pl.Expr:
        """Whether a hash is one of them."""
        if len(self.hashes) <= MOST_LISTED:
            return hashed.is_in(pl.Series(self.hashes).implode())
        return hashed.map_batches(self._found, return_dtype=pl.Boolean, is_elementwise=True)

    def _found(self, hashed: pl.Series) -> pl.Series:
        given = hashed.fill_null(0).to_numpy()
        mask = np.uint64(len(self._marks) - 1)
        maybe = np.flatnonzero(self._marks[given & mask])
        places = np.minimum(np.searchsorted(self.hashes, given[maybe]), len(self.hashes) - 1)
        found = np.zeros(len(given), dtype=bool)
        found[maybe] = self.hashes[places] == given[maybe]
        return pl.Series(hashed.name, found) & hashed.is_not_null()

    @cached_property
    def _marks(self) -> npt.NDArray[np.bool_]:
        """Whether some hash ends in these bits: most others are told apart by one look, without a search."""
        size = 1 << min(26, (16 * len(self.hashes)).bit_length())
        marks = np.zeros(size, dtype=bool)
        marks[self.hashes & np.uint64(size - 1)] = True
        return marks

    def slices(self, budget: int) -> Iterator[Repeated]:
        """Slices whose groups fit into the budget."""
        size = max(1, budget // _GROUP_BYTES)
        for start in range(0, len(self.hashes), size):
            yield Repeated(self.hashes[start : start + size], self.rows)


class HashStore:
    """Collects hashes from a stream, in any order and from several threads: 8 bytes a row, no more."""

    def __init__(self, rows: int) -> None:
        self._all = np.empty(rows, dtype=np.uint64)
        self._used = 0
        self._lock = threading.Lock()

    def collecting(self, hashed: pl.Expr) -> pl.Expr:
        """The hash itself, kept on its way; null is no key.

        The row number rides along for its length: a piece in which every hash is the same (a column of zeros)
        is handed to an elementwise function as one value, and a key that occurs again would be seen once.
        """
        return pl.map_batches([hashed, ROW], self._take, return_dtype=pl.UInt64, is_elementwise=True)

    def _take(self, piece: Sequence[pl.Series]) -> pl.Series:
        hashed, rows = piece
        if len(hashed) != len(rows):
            hashed = hashed.new_from_index(0, len(rows))
        given = hashed.drop_nulls().to_numpy() if hashed.null_count() else hashed.to_numpy()
        with self._lock:
            start, self._used = self._used, self._used + len(given)
            if self._used > len(self._all):
                self._all = np.resize(self._all, max(self._used, 2 * len(self._all)))
            self._all[start : self._used] = given
        return hashed

    def repeated(self) -> Repeated:
        """Sorts in place; the store is empty afterwards."""
        hashes = self._all[: self._used]
        hashes.sort()
        again = hashes[1:] == hashes[:-1]
        found = np.unique(hashes[1:][again])
        rows = int(np.count_nonzero(again)) + len(found)
        self._all, self._used = np.empty(0, dtype=np.uint64), 0
        return Repeated(found, rows)


def repeated_hashes(frame: pl.LazyFrame, hashed: pl.Expr, rows: int, budget: int = BUDGET) -> Repeated:
    """Hashes that occur again, by passes of their own: as many as keep each within the budget."""
    passes = -(-8 * max(rows, 1) // max(budget, 1))
    found = [_one_pass(frame, hashed, rows // passes + 1, part, passes) for part in range(passes)]
    hashes = np.concatenate([item.hashes for item in found])
    hashes.sort()
    return Repeated(hashes, sum(item.rows for item in found))


def _one_pass(frame: pl.LazyFrame, hashed: pl.Expr, rows: int, part: int, passes: int) -> Repeated:
    store = HashStore(rows)
    hashes = frame.select(hashed.alias(_HASH), ROW)
    if passes > 1:
        hashes = hashes.filter(pl.col(_HASH) % passes == part)
    hashes.select(store.collecting(pl.col(_HASH)).count()).collect(engine="streaming")
    return store.repeated()


@dataclass(frozen=True)
class Verified:
    """`rows`: how many rows hold a key that occurs again; `single`: candidate keys that occur once, that is
    whose hash is another key's too, one frame per slice."""

    rows: int
    single: tuple[pl.DataFrame, ...]


def count_groups(
    frame: pl.LazyFrame, parts: list[pl.Expr], repeated: Repeated, budget: int = BUDGET
) -> Verified:
    """Rows of repeated keys among the candidates of a frame, groups held slice by slice."""
    names = [part.meta.output_name() for part in parts]
    rows, single = 0, []
    for piece in repeated.slices(budget):
        wanted = frame.filter(piece.among(key_hash(parts))).select(parts)
        groups = wanted.group_by(names).agg(pl.len().alias(_HASH)).collect(engine="streaming")
        rows += int(groups.filter(pl.col(_HASH) > 1)[_HASH].sum())
        once = groups.filter(pl.col(_HASH) == 1)
        if once.height:
            single.append(once.select(names))
    return Verified(rows, tuple(single))


def repeated_rows(frame: pl.LazyFrame, parts: list[pl.Expr]) -> pl.LazyFrame:
    """Rows (`_gavel_row`) of a frame whose key occurs more than once."""
    rows = int(frame.select(pl.len()).collect(engine="streaming").item())
    repeated = repeated_hashes(frame, key_hash(parts), rows)
    if not repeated.rows:
        return pl.LazyFrame(schema={ROW: pl.Int64})
    return without_single(frame, parts, repeated, count_groups(frame, parts, repeated))


def without_single(
    frame: pl.LazyFrame, parts: list[pl.Expr], repeated: Repeated, verified: Verified
) -> pl.LazyFrame:
    """Rows of the candidates but those whose key, compared by value, occurs once."""
    names = [part.meta.output_name() for part in parts]
    rows = frame.filter(repeated.among(key_hash(parts))).select(ROW, *parts)
    for single in verified.single:
        rows = rows.join(single.lazy(), on=names, how="anti", nulls_equal=True)
    return rows.select(ROW)
