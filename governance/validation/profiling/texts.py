"""What the texts of a column look like: lengths, shapes, castable types, formats, personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from governance.validation.casts import LogicalType, cast_expr
from governance.validation.kinds.text_format import PATTERNS
from governance.validation.pii import KINDS, pii_expr
from governance.validation.profiling.distribution import QUANTILES, Sorted
from governance.validation.profiling.shapes import pattern_of, shapes_of, told
from governance.validation.regex import polars_pattern

SHAPES_SHOWN = 12
CASTS = ("boolean", "integer", "number", "date", "timestamp", "time")
FORMATS = ("email", "uuid", "uri", "ipv4")
LIKELY = 0.95
"""What at least this share of the looked-at cells does is counted over all cells."""


@dataclass(frozen=True)
class Texts:
    """Distinct texts `value` with their counts `n`; `whole` where they are the whole column."""

    frame: pl.DataFrame
    whole: bool

    @property
    def total(self) -> int:
        return int(self.frame["n"].sum() or 0)

    def counted(self, flag: pl.Expr) -> int:
        """Cells for which a Boolean of `value` is true."""
        return int(self.frame.select(pl.col("n").filter(flag.fill_null(False)).sum()).item() or 0)


def facts_of_texts(texts: Texts, today: date) -> dict[str, Any]:
    """Everything about the texts; counts are of `looked_at` cells."""
    found: dict[str, Any] = {"looked_at": texts.total, "looked_at_all": texts.whole}
    if not texts.total:
        return found
    full, short = shapes_of(texts.frame)
    listed = full if sum(count for _, count in full[:SHAPES_SHOWN]) * 2 >= texts.total else short
    words = [(told(shape) if listed is short else shape, count) for shape, count in listed]
    found |= {
        "shapes": [{"shape": shape, "count": count} for shape, count in words[:SHAPES_SHOWN]],
        "shapes_distinct": len(listed),
        "length_quantiles": _lengths(texts),
        "castable": {name: texts.counted(castable(pl.col("value"), name)) for name in CASTS},
        "leading_zeros": texts.counted(pl.col("value").str.contains("^[+-]?0[0-9]")),
        "formats": {name: texts.counted(formed(pl.col("value"), name)) for name in FORMATS},
        **_personal(texts, today),
    }
    pattern = pattern_of(full, short)
    if pattern is not None:
        found["pattern"] = {"text": pattern, "matching": texts.counted(matching(pl.col("value"), pattern))}
    return found


def castable(cell: pl.Expr, name: str) -> pl.Expr:
    """Whether a text is a value of a type by the cast grammar (standard-rules §2.4)."""
    column = cell.meta.output_name()
    plan = cast_expr(column, pl.String(), LogicalType(name))
    return ~plan.missing & ~plan.uncastable


def formed(cell: pl.Expr, name: str) -> pl.Expr:
    """Whether a text is of a format of `text_format`; a URI only where it has an authority."""
    found = cell.str.contains(f"^(?:{PATTERNS[name]})$")
    return found & cell.str.contains("://") if name == "uri" else found


def matching(cell: pl.Expr, pattern: str) -> pl.Expr:
    """Whether a text matches, as the rule `regex` would see it."""
    return cell.str.contains(polars_pattern(pattern) or pattern)


def likely(facts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Figures worth an exact count over all cells: name → (what, argument)."""
    of = facts["looked_at"]
    wanted: dict[str, tuple[str, str]] = {}
    for name, count in facts.get("castable", {}).items():
        if count >= LIKELY * of:
            wanted[f"castable.{name}"] = ("castable", name)
    for name, count in facts.get("formats", {}).items():
        if count >= LIKELY * of:
            wanted[f"formats.{name}"] = ("formats", name)
    if "pattern" in facts:
        wanted["pattern"] = ("pattern", facts["pattern"]["text"])
    return wanted


def counting(cell: pl.Expr, what: str, argument: str) -> pl.Expr:
    """How many cells do it."""
    flag = {"castable": castable, "formats": formed, "pattern": matching}[what](cell, argument)
    return flag.fill_null(False).sum()


def _lengths(texts: Texts) -> dict[str, float]:
    lengths = texts.frame.select(pl.col("value").str.len_chars().cast(pl.Int64).alias("length"), "n")
    grouped = lengths.group_by("length").agg(pl.col("n").sum()).sort("length")
    found = Sorted(grouped["length"], grouped["n"].cast(pl.Int64))
    return {str(q): found.quantile(q) for q in QUANTILES}


def _personal(texts: Texts, today: date) -> dict[str, Any]:
    """Cells that hold personal data, by detector (standard-rules §4.1) and together."""
    held = {name: texts.counted(pii_expr(pl.col("value"), [name], today=today)) for name in KINDS}
    held = {name: count for name, count in held.items() if count}
    together = texts.counted(pii_expr(pl.col("value"), list(held), today=today)) if len(held) > 1 else None
    return {"pii": held, "pii_cells": sum(held.values()) if together is None else together}
