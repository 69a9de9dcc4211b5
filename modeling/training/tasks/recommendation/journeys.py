"""From a log of events to what a recommender learns from and is asked: histories, first takings, lists.

Everything is split by time. What a user took before a window is their history; what they take in it for the
first time is what a list asks for. The negatives of a list were taken by that user neither before nor in the
window, and come in two kinds that are always shown side by side (demo-tasks §1): drawn evenly from all items,
which makes popularity look strong, and drawn as often as users newly took an item in that window, which takes
popularity's advantage away and leaves taste.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

NEGATIVES: Final = 99
LIST: Final = NEGATIVES + 1
LEAST_HISTORY: Final = 5
MOST_LISTS: Final = 20_000


def runs(values: np.ndarray) -> list[slice]:
    """The stretches of equal values, in order."""
    if not len(values):
        return []
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])).tolist()
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(values)], strict=True)]


@dataclass(frozen=True)
class Takings:
    """The first time each user took each item, by user and then time. All arrays (n,): dense numbers of
    ``user`` and ``item``, ``time`` that orders, ``role`` 0 train, 1 valid, 2 test."""

    user: np.ndarray
    item: np.ndarray
    time: np.ndarray
    role: np.ndarray
    users: int
    items: int

    def before(self, role: int) -> Takings:
        """What is known when the window of ``role`` opens."""
        kept = self.role < role
        return Takings(
            self.user[kept], self.item[kept], self.time[kept], self.role[kept], self.users, self.items
        )

    def by_user(self) -> Iterator[tuple[int, slice]]:
        """The rows of each user who took anything."""
        for rows in runs(self.user):
            yield int(self.user[rows.start]), rows


@dataclass(frozen=True)
class Lists:
    """What a model is asked about one window. ``user``, ``item`` (n,): who, and what they newly took;
    ``cold`` (n,): nobody had taken it before; ``uniform``, ``matched`` (n, 99): items they did not take."""

    user: np.ndarray
    item: np.ndarray
    cold: np.ndarray
    uniform: np.ndarray
    matched: np.ndarray

    def __len__(self) -> int:
        return len(self.user)

    def table(self) -> np.ndarray:
        """Items by column (n, 200): the taken one and its even negatives, then it again and the matched
        ones."""
        taken = self.item[:, None]
        return np.concatenate([taken, self.uniform, taken, self.matched], axis=1)


def first_takings(user: np.ndarray, item: np.ndarray, time: np.ndarray, role: np.ndarray) -> Takings:
    """Keep of every user and item the first event. Arrays (n,) of dense numbers; ``time`` any order."""
    order = np.lexsort((item, time, role, user))
    user, item, time, role = user[order], item[order], time[order], role[order]
    _, first = np.unique(user * (int(item.max(initial=0)) + 1) + item, return_index=True)
    kept = np.sort(first)
    return Takings(
        user[kept],
        item[kept],
        time[kept],
        role[kept],
        int(user.max(initial=-1)) + 1,
        int(item.max(initial=-1)) + 1,
    )


def examples(takings: Takings, history: int) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Rolling examples of the training part: ``(user (n,), item (n,), what they took strictly before)``.

    A history holds the last ``history`` items; shorter than five is no example.
    """
    users: list[int] = []
    items: list[int] = []
    past: list[np.ndarray] = []
    for user, rows in takings.by_user():
        taken, times, roles = takings.item[rows], takings.time[rows], takings.role[rows]
        known = np.searchsorted(times, times, side="left")
        for at in np.flatnonzero((known >= LEAST_HISTORY) & (roles == 0)):
            users.append(user)
            items.append(int(taken[at]))
            past.append(taken[max(0, known[at] - history) : known[at]])
    return np.asarray(users, dtype=np.int64), np.asarray(items, dtype=np.int64), past


def lists(takings: Takings, role: int, seed: int) -> Lists:
    """The lists of one window. Users with fewer than five items before it are not asked about.

    Users are drawn by ``seed`` where there would be over 20,000 lists.
    """
    draw = np.random.default_rng([seed, role])
    asked = [
        (user, rows, opens)
        for user, rows in takings.by_user()
        if (opens := int((takings.role[rows] < role).sum())) >= LEAST_HISTORY
        and (takings.role[rows] == role).any()
    ]
    pools = _Pools.of(takings, role)
    chosen: list[tuple[int, slice, int]] = []
    room = MOST_LISTS
    for at in draw.permutation(len(asked)):
        size = int((takings.role[asked[at][1]] == role).sum())
        if size <= room:
            chosen.append(asked[at])
            room -= size
    chosen.sort(key=lambda found: found[0])
    parts = [_lists_of(takings, user, rows, opens, pools, draw) for user, rows, opens in chosen]
    return _joined(parts)


_FIELDS: Final = ("user", "item", "cold", "uniform", "matched")


@dataclass(frozen=True)
class _Pools:
    """Where the negatives of one window come from. ``known`` (items,): sold before the window; ``sold``: by
    its end; ``weights``: how often newly taken in it."""

    role: int
    known: np.ndarray
    sold: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, takings: Takings, role: int) -> _Pools:
        counts = [
            np.bincount(takings.item[chosen], minlength=takings.items)
            for chosen in (takings.role < role, takings.role <= role, takings.role == role)
        ]
        return cls(role, counts[0] > 0, counts[1] > 0, counts[2].astype(np.float64))

    def draw(
        self, allowed: np.ndarray, cold: bool, count: int, draw: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """``(uniform, matched)`` (count, 99) for items that were known, or (``cold``) were not; None where
        nothing is left to draw."""
        pool = np.flatnonzero(allowed & self.sold & (self.known != cold))
        if not len(pool):
            return None
        shape = (count, NEGATIVES)
        uniform = pool[draw.integers(0, len(pool), shape)]
        total = np.cumsum(self.weights[pool])
        if total[-1] <= 0:
            return uniform, uniform
        return uniform, pool[np.searchsorted(total, draw.random(shape) * total[-1], side="right")]


def _lists_of(
    takings: Takings, user: int, rows: slice, opens: int, pools: _Pools, draw: np.random.Generator
) -> Lists:
    """One user's lists: what they took by the end of the window is no negative. An item nobody had taken
    before stands among others of its kind: else a model would win by telling new from old."""
    until = takings.item[rows][takings.role[rows] <= pools.role]
    allowed = np.ones(takings.items, dtype=bool)
    allowed[until] = False
    wanted = until[opens:]
    parts = []
    for cold in (False, True):
        mine = wanted[pools.known[wanted] != cold]
        found = pools.draw(allowed, cold, len(mine), draw) if len(mine) else None
        if found is not None:
            parts.append(Lists(np.full(len(mine), user), mine, np.full(len(mine), cold), *found))
    return _joined(parts)


def _joined(parts: list[Lists]) -> Lists:
    none = np.zeros((0, NEGATIVES), dtype=np.int64)
    whole = [Lists(none[:, 0], none[:, 0], none[:, 0] > 0, none, none), *parts]
    return Lists(*(np.concatenate([getattr(part, name) for part in whole]) for name in _FIELDS))


def histories(takings: Takings, history: int) -> Mapping[int, np.ndarray]:
    """The last ``history`` items of each user."""
    return {user: takings.item[rows][-history:] for user, rows in takings.by_user()}
