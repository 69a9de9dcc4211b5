"""What rides in a streaming pass beside its aggregates: first failing rows, progress, the wish to stop.

Each is a function that polars calls with every piece of the stream (some 100,000 rows) and that gives the
piece back untouched, so nothing is read twice and nothing is held but what the report shows. Pieces come in
any order and from several threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from inspect import signature

import polars as pl

from governance.validation.kinds.base import ROW

Progress = Callable[..., None]
"""`progress(share, what)`, or `progress(share, what, rows)` for who takes a third argument."""
ASK_EVERY = 0.3
"""Seconds between two questions whether to stop: the answer may cost a query."""


def takes_rows(progress: Progress) -> bool:
    """Whether it can be told the number of rows seen."""
    try:
        signature(progress).bind(0.0, "", 0)
    except (TypeError, ValueError):
        return False
    return True


class FirstRows:
    """The record numbers of the first `count` rows where a Boolean column is false, in file order."""

    def __init__(self, count: int) -> None:
        self.rows: list[int] = []
        self._count = count
        self._lock = threading.Lock()

    def look(self, ok: pl.Series, row: pl.Series) -> None:
        """Take the rows of one piece that are wrong; unknown is not wrong."""
        done = len(self.rows) == self._count and len(row) and row[0] > self.rows[-1]
        if not done and not ok.all():
            self._keep(row.filter(~ok))

    def keeping(self) -> pl.Expr:
        """`_gavel_row` of rows that are all wrong, looked at on its way."""
        return pl.col(ROW).map_batches(self._pass_on, return_dtype=pl.Int64, is_elementwise=True)

    def _pass_on(self, row: pl.Series) -> pl.Series:
        self._keep(row)
        return row

    def _keep(self, wrong: pl.Series) -> None:
        least = wrong.bottom_k(self._count).to_list()
        with self._lock:
            self.rows = sorted({*self.rows, *least})[: self._count]


def looking(rules: Mapping[str, FirstRows]) -> pl.Expr:
    """`_gavel_row`; on its way the Boolean columns named are looked at, each for its rule, in one call."""

    def look(columns: Sequence[pl.Series]) -> pl.Series:
        row, *oks = columns
        for ok, first in zip(oks, rules.values(), strict=True):
            first.look(ok, row)
        return row

    return pl.map_batches([ROW, *rules], look, return_dtype=pl.Int64, is_elementwise=True).alias(ROW)


class Watch:
    """Tells how far a pass is and whether the caller wants to stop; raises what `stop` raises, within a
    second or so of the wish even in the middle of a long pass."""

    def __init__(self, stop: Callable[[], None], progress: Progress, rows: int) -> None:
        self._stop = stop
        self._progress = progress
        self._tells_rows = takes_rows(progress)
        self._rows = max(rows, 1)
        self._seen = 0
        self._asked = time.monotonic()
        self._lock = threading.Lock()

    def counting(self) -> pl.Expr:
        """`_gavel_row`, counted on its way."""
        return pl.col(ROW).map_batches(self._count, return_dtype=pl.Int64, is_elementwise=True)

    def guarding(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame, any pass over which can be stopped."""
        schema = frame.collect_schema()
        return frame.with_columns(
            pl.col(name).map_batches(self._guard, return_dtype=kind, is_elementwise=True)
            for name, kind in schema.items()
        )

    def _guard(self, column: pl.Series) -> pl.Series:
        self._ask()
        return column

    def _count(self, row: pl.Series) -> pl.Series:
        with self._lock:
            self._seen += len(row)
        if self._ask():
            told = (self._seen,) if self._tells_rows else ()
            self._progress(0.5 * min(self._seen / self._rows, 1.0), "rows", *told)
        return row

    def _ask(self) -> bool:
        """Whether it was time to ask."""
        with self._lock:
            now = time.monotonic()
            due = now - self._asked >= ASK_EVERY
            if due:
                self._asked = now
        if due:
            self._stop()
        return due
