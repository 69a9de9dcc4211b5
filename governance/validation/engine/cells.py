"""The cells of the sampled rows, read again from the table: only the row groups they lie in, only the columns
that are shown (standard-rules §5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from governance.validation.casts import canonical_text_expr
from governance.validation.engine.facts import RuleFacts
from governance.validation.engine.preparing import Prepared, prepare
from governance.validation.engine.samples import Cells
from governance.validation.kinds.base import RAW, ROW
from governance.validation.model import Column

GAP = 200_000
"""Rows further apart than this are read from different places."""


@dataclass
class _Window:
    """Neighbouring sampled rows, and the columns shown of them."""

    rows: list[int]
    names: dict[str, None]


def fetch_cells(
    seen: Prepared, columns: Mapping[str, Column], facts: Iterable[RuleFacts], key: tuple[str, ...]
) -> Cells:
    """Canonical text of the cells of the sampled rows: record number → column → text."""
    cells: Cells = {}
    for window in _windows(facts, key, seen.physical):
        first, last = window.rows[0], window.rows[-1]
        texts = [
            canonical_text_expr(pl.col(RAW + name), seen.physical[name]).alias(name) for name in window.names
        ]
        wanted = pl.Series(window.rows, dtype=pl.Int64).implode()
        part = _rows(seen, columns, first - 1, last - first + 1).filter(pl.col(ROW).is_in(wanted))
        found = part.select(ROW, *texts).collect(engine="streaming")
        cells |= {int(row.pop(ROW)): row for row in found.iter_rows(named=True)}
    return cells


def _windows(
    facts: Iterable[RuleFacts], key: tuple[str, ...], physical: Mapping[str, pl.DataType]
) -> Iterator[_Window]:
    shown: dict[int, dict[str, None]] = {}
    for item in facts:
        names = dict.fromkeys(name for name in (*key, *item.rule.columns) if name in physical)
        for row in item.first_rows:
            shown.setdefault(row, {}).update(names)
    window: _Window | None = None
    for row in sorted(shown):
        if window is not None and row - window.rows[-1] > GAP:
            yield window
            window = None
        if window is None:
            window = _Window([], {})
        window.rows.append(row)
        window.names.update(shown[row])
    if window is not None:
        yield window


def _rows(seen: Prepared, columns: Mapping[str, Column], offset: int, count: int) -> pl.LazyFrame:
    """A slice of the prepared frame, taken where the rows are stored."""
    table = seen.source
    part = table.frame.slice(offset, count) if table.scan is None else table.scan.rows(offset, count)
    return prepare(replace(table, frame=part, scratch=None), columns).frame
