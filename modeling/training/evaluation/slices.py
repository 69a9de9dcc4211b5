"""The first metric on parts of the test rows: for whom is the model good, and for whom not.

Some slices every task has: how long the text is, whether training saw it, which class it is of. Others are
columns the plan names. A slice with too few groups gets its count and no figure: an interval over a handful
of draws would only look like one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from modeling.training.evaluation.report import Board
from modeling.training.examples import Examples, Pairs

FEWEST_GROUPS: Final = 30
MOST_VALUES: Final = 12
MOST_DRAWS: Final = 500
OTHER: Final = "(other)"
NOWHERE: Final = "(none of them)"
Judge = Callable[[Board, str, Pairs, np.ndarray], None]


def by_slice(
    examples: Examples,
    lengths: np.ndarray,
    scores: Mapping[str, np.ndarray],
    judge: Judge,
    board: Callable[[np.ndarray], Board],
    headline: str,
    columns: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """One row for each value of each slice, largest first: rows, groups, metric, n, value, interval, and the
    paired gain over each other model in ``scores`` (the first is the one that is judged).

    ``lengths``: tokens of each text; ``board`` makes one over groups (rows,);
    ``columns``: which of the rows' columns are slices.
    """
    part = examples.parts["test"]
    found = []
    for name, values, metric in _slices(examples, part, lengths, headline, columns):
        for value, rows in _by_value(values):
            inside = part.take(rows)
            groups = int(inside.groups.max()) + 1
            row: dict[str, Any] = {
                "slice": name, "value_of": value, "rows": len(rows), "groups": groups, "metric": metric
            }  # fmt: skip
            if groups >= FEWEST_GROUPS:
                one = board(inside.groups)
                for model, given in scores.items():
                    judge(one, model, inside, given[rows])
                row |= one.compared(metric, next(iter(scores)))
            found.append(row)
    return found


def _slices(
    examples: Examples, part: Pairs, lengths: np.ndarray, headline: str, columns: Sequence[str]
) -> Iterator[tuple[str, np.ndarray, str]]:
    """``(name, value of each row, metric)``; those with one value only say nothing."""
    made = [("text_length", _thirds(_size(examples, part, lengths)), headline)]
    if examples.histories is None:
        made.append(("text_seen", _seen(part.left, examples.train.left), headline))
    if not examples.classes:
        made.append(("item_seen", _seen(part.right, examples.train.right), headline))
    else:
        names = np.asarray([*examples.classes, NOWHERE], dtype=object)
        made.append(("class", names[part.labels.astype(np.int64)], "accuracy"))
    made += [(name, values, headline) for name, values in part.slices.items() if name in columns]
    for name, values, metric in made:
        if len(np.unique(values.astype(str))) > 1:
            yield name, values, metric


def _size(examples: Examples, part: Pairs, lengths: np.ndarray) -> np.ndarray:
    """Tokens of the left text; of a history its texts."""
    if examples.histories is not None:
        return examples.histories.sizes(part.left)
    found: np.ndarray = lengths[part.left]
    return found


def _thirds(sizes: np.ndarray) -> np.ndarray:
    """Short, medium and long, with their bounds; equal sizes stay together."""
    low, high = (int(bound) for bound in np.quantile(sizes, [1 / 3, 2 / 3]))
    middle = f"{high}" if high == low + 1 else f"{low + 1} – {high}"
    words = np.asarray([f"≤ {low}", middle, f"> {high}"], dtype=object)
    found: np.ndarray = words[(sizes > low).astype(int) + (sizes > high).astype(int)]
    return found


def _seen(numbers: np.ndarray, train: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.where(np.isin(numbers, train), "seen", "new").astype(object)
    return found


def _by_value(values: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The most frequent values with their rows, the rest together as one."""
    words = values.astype(str)
    counts = Counter(words.tolist())
    kept = sorted(counts, key=lambda word: (-counts[word], word))[:MOST_VALUES]
    for word in kept:
        yield word[:120], np.flatnonzero(words == word)
    rest = np.flatnonzero(~np.isin(words, kept))
    if len(rest):
        yield OTHER, rest
