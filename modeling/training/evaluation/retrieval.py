"""Metrics of rankings over a whole catalogue, where a query may have several right items."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def ranks(chunks: Iterable[np.ndarray], query: np.ndarray, item: np.ndarray) -> np.ndarray:
    """The place, from 1, of every right item among the items that are not right for its query; float64 (n,).

    ``chunks``: scores (some queries, catalogue) that follow one another; ``query``, ``item`` (n,): row and
    column of the right items. Equal scores share the mean of their places, so that a model which cannot tell
    items apart gains nothing by the order they are stored in.
    """
    found = np.zeros(len(query))
    order = np.argsort(query, kind="stable")
    bounds = np.searchsorted(query[order], np.arange(int(query.max(initial=-1)) + 2))
    at = 0
    for scores in chunks:
        for row in scores:
            rows = order[bounds[at] : bounds[at + 1]]
            found[rows] = _places(row, item[rows])
            at += 1
    return found


def by_query(places: np.ndarray, groups: np.ndarray, cutoff: int) -> dict[str, np.ndarray]:
    """``recall@cutoff``, ``mrr`` and ``ndcg@cutoff`` of every group, from places among the others.

    An item's place in the list is its place among the others plus the right items before it.
    """
    count = int(groups.max()) + 1
    order = np.lexsort((places, groups))
    owner = groups[order]
    starts = np.searchsorted(owner, np.arange(count))
    before = np.arange(len(owner)) - starts[owner]
    listed = places[order] + before
    sizes = np.bincount(owner, minlength=count).astype(np.float64)
    gains = np.where(listed <= cutoff, 1.0 / np.log2(listed + 1.0), 0.0)
    most = np.cumsum(1.0 / np.log2(np.arange(2, max(cutoff, 1) + 2)))
    ideal = most[np.minimum(sizes.astype(np.int64), cutoff) - 1]
    return {
        f"recall@{cutoff}": np.bincount(owner, weights=listed <= cutoff, minlength=count) / sizes,
        "mrr": 1.0 / listed[starts],
        f"ndcg@{cutoff}": np.bincount(owner, weights=gains, minlength=count) / ideal,
    }


def _places(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    others = np.delete(scores, right)
    ordered = np.sort(others)
    own = scores[right]
    above = len(ordered) - np.searchsorted(ordered, own, side="right")
    tied = np.searchsorted(ordered, own, side="right") - np.searchsorted(ordered, own, side="left")
    places: np.ndarray = 1.0 + above + tied / 2.0
    return places
