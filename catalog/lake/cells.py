"""A few cells of stored data as text, for `catalog/reading.py`, which decides who may see them.

Run as `python -m catalog.lake.cells` it answers one JSON question from stdin on stdout, so that the web
process
shows rows without loading the data libraries. Masks before it answers: what is hidden never leaves the
process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from catalog.lake.errors import LakeError
from governance.validation.casts import canonical_text_expr
from governance.validation.delta import DeltaFolder, is_delta
from governance.validation.masking import MASKED, cut
from governance.validation.pii import kinds_in

MOST_ROWS = 200


@dataclass(frozen=True)
class Rows:
    """`rows` hold the record number and the cells of `columns` as text; `masked` names hidden columns."""

    columns: tuple[str, ...]
    masked: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


def first_rows(
    path: Path,
    *,
    count: int,
    start: int = 0,
    hidden: Collection[str] = (),
    unclassified: Collection[str] = (),
    where: Mapping[str, str] | None = None,
    today: date,
) -> Rows:
    """At most `count` rows from `start` on, masked.

    `hidden` columns are masked; `unclassified` ones where a detector hits a cell that would be shown
    (standard-rules §5.3). `where` keeps the rows whose text equals the given one, column by column.
    """
    frame = scan(path)
    schema = {name: kind for name, kind in frame.collect_schema().items() if name != "_gavel_row"}
    numbered = (
        frame if "_gavel_row" in frame.collect_schema() else frame.with_row_index("_gavel_row", offset=1)
    )
    for column, wanted in (where or {}).items():
        numbered = numbered.filter(canonical_text_expr(pl.col(column), schema[column]) == wanted)
    texts = [canonical_text_expr(pl.col(name), kind).alias(name) for name, kind in schema.items()]
    page = (
        numbered.slice(start, min(count, MOST_ROWS))
        .select(pl.col("_gavel_row").cast(pl.String), *texts)
        .collect()
    )
    found = [
        name
        for name in schema
        if name in hidden
        or (name in unclassified and kinds_in(page[name].drop_nulls().to_list(), today=today))
    ]
    places = {place for place, name in enumerate(schema, start=1) if name in found}
    rows = tuple(
        tuple(_shown(cell, place in places) for place, cell in enumerate(row)) for row in page.iter_rows()
    )
    return Rows(tuple(schema), tuple(found), rows)


def cell(path: Path, *, row: int, column: str) -> str | None:
    """One cell by record number. Raises LakeError `lake_not_found` where there is no such cell."""
    frame = scan(path)
    schema = dict(frame.collect_schema())
    if column not in schema:
        raise LakeError("lake_not_found", column)
    numbered = frame if "_gavel_row" in schema else frame.with_row_index("_gavel_row", offset=1)
    wanted = numbered.filter(pl.col("_gavel_row") == row)
    found = wanted.select(canonical_text_expr(pl.col(column), schema[column]).alias("cell")).collect()
    if found.is_empty():
        raise LakeError("lake_not_found", str(row))
    value: str | None = found["cell"][0]
    return value


def export(path: Path, *, columns: Collection[str], rows: int, to: str) -> None:
    """Write the first rows of some columns as CSV, each cell in its canonical text, nothing masked."""
    frame = scan(path)
    schema = dict(frame.collect_schema())
    if not set(columns) <= set(schema):
        raise LakeError("lake_not_found", ", ".join(columns))
    texts = [canonical_text_expr(pl.col(name), schema[name]).alias(name) for name in columns]
    frame.head(rows).select(texts).sink_csv(to)


def scan(path: Path) -> pl.LazyFrame:
    """The rows of a version (Delta folder) or of a stored Parquet file."""
    if not path.exists():
        raise LakeError("lake_not_found")
    return DeltaFolder.open(path).scan() if is_delta(path) else pl.scan_parquet(path, glob=False)


def _shown(value: str | None, hide: bool) -> str | None:
    if value is None:
        return None
    return MASKED if hide else cut(value)


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one question: {path, cell: {row, column}}, {path, export: {columns, rows, to}} or {path, rows:
    {count, start, hidden, …, today}}.
    """
    path = Path(question["path"])
    try:
        if "cell" in question:
            return {"value": cell(path, **question["cell"])}
        if "export" in question:
            export(path, **question["export"])
            return {"value": None}
        asked = dict(question["rows"])
        found = first_rows(path, **{**asked, "today": date.fromisoformat(asked["today"])})
    except LakeError as error:
        return {"error": error.code}
    return {"columns": found.columns, "masked": found.masked, "rows": found.rows}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
