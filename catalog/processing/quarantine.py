"""The quarantine: removed rows with every original cell, and their levels (standard-rules §8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from catalog.processing.steps.base import REASON, Surroundings
from governance.validation.casts import canonical_text_expr
from governance.validation.masking import classification_level, column_level
from governance.validation.pii import KINDS, pii_expr
from governance.validation.reading import ROW, RawTable

if TYPE_CHECKING:
    from governance.validation.standard import CompiledStandard

STEP = "_gavel_step"
LEVELS = "gavel.levels"
_GUARDED = 4


def write_quarantine(
    source: RawTable,
    removed: pl.DataFrame,
    path: Path,
    *,
    guarded: frozenset[str],
    around: Surroundings,
) -> dict[str, int]:
    """Write the removed rows' originals in file order; gives the level of each column.

    `removed` holds `_gavel_row`, `_gavel_step`, `_gavel_reason`. `guarded` are source columns that a mask,
    drop_columns or select_columns step touched.
    """
    marks = removed.lazy().select(pl.col(ROW), pl.col(STEP), pl.col(REASON))
    rows = (
        source.frame.join(marks, on=ROW, how="inner")
        .sort(ROW)
        .select(*source.columns, ROW, STEP, REASON)
        .collect(engine="streaming")
    )
    levels = column_levels(rows, source, around.standard, guarded, around.now.date())
    rows.write_parquet(path, compression="zstd", metadata={LEVELS: json.dumps(levels, ensure_ascii=False)})
    return levels


def column_levels(
    rows: pl.DataFrame,
    source: RawTable,
    standard: CompiledStandard | None,
    guarded: frozenset[str],
    today: date,
) -> dict[str, int]:
    """Levels by standard-rules §5.3, an unclassified column judged over all cells of the quarantine."""
    declared = {column.physical_name: column for column in standard.columns.values()} if standard else {}
    levels: dict[str, int] = {}
    for name in source.columns:
        column = declared.get(name)
        classification = column.classification if column else None
        known = column is not None and (
            bool(column.pii) or _pii_rule_speaks(rows, name, column.name, standard, today)
        )
        content = classification_level(classification) is None and _holds(rows, name, KINDS, today)
        level = column_level(classification=classification, pii=known, content=content)
        levels[name] = max(level, _GUARDED) if name in guarded else level
    return levels


def _pii_rule_speaks(
    rows: pl.DataFrame, name: str, rule_name: str, standard: CompiledStandard | None, today: date
) -> bool:
    """A `pii` rule demands personal data in the column, or forbids it and these rows hold some."""
    rules = [r for r in standard.rules if r.kind == "pii" and rule_name in r.columns] if standard else []
    return any(
        rule.parameters.get("mode") == "require"
        or _holds(rows, name, tuple(rule.parameters.get("detect") or KINDS), today)
        for rule in rules
    )


def _holds(rows: pl.DataFrame, name: str, kinds: tuple[str, ...], today: date) -> bool:
    if rows.is_empty():
        return False
    text = canonical_text_expr(pl.col(name), rows.schema[name]).alias("text")
    return bool(rows.select(pii_expr(text, kinds, today=today).any())["text"].item())


def read_levels(path: Path) -> Mapping[str, int]:
    """The levels written into a quarantine file."""
    levels: dict[str, int] = json.loads(pl.read_parquet_metadata(path).get(LEVELS, "{}"))
    return levels
