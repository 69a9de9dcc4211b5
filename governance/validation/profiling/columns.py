"""The columns of a frame as profiling sees them, and the aggregates of the first look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from governance.validation.text import SPACE_CLASS

OWN = "_gavel_"
MISSING = "_gavel_missing_"
UNCASTABLE = "_gavel_uncastable_"
ROW = "_gavel_row"
RIDER = "_profile"
"""Start of the names of all aggregates, so that they can ride in another select."""


@dataclass(frozen=True)
class Subject:
    """One profiled column: its place in the schema, its type, and what the engine says of its raw cells."""

    place: int
    name: str
    kind: pl.DataType
    has_missing: bool = False
    has_uncastable: bool = False

    @property
    def cell(self) -> pl.Expr:
        """The values; NaN is missing (standard-rules §2.3)."""
        return pl.col(self.name).fill_nan(None) if self.kind.is_float() else pl.col(self.name)

    @property
    def is_text(self) -> bool:
        return isinstance(self.kind, pl.String)

    @property
    def is_bare(self) -> bool:
        """Nested and binary columns have counts only."""
        return self.kind.is_nested() or isinstance(self.kind, pl.Null | pl.Binary | pl.Object)

    @property
    def is_ordered(self) -> bool:
        """Numbers, dates, times: columns with quantiles and a histogram."""
        return self.kind.is_numeric() or isinstance(self.kind, pl.Date | pl.Datetime | pl.Time)

    @property
    def on_axis(self) -> pl.Expr:
        """The values as numbers that keep their order and spacing; infinite ones are left out."""
        if self.kind.is_float():
            number = self.cell.cast(pl.Float64)
            return pl.when(number.is_finite()).then(number)
        if self.is_exact_axis:
            return self.cell.to_physical().cast(pl.Int64)
        return self.cell.cast(pl.Float64)

    @property
    def is_exact_axis(self) -> bool:
        """The axis holds the values themselves, so that counts beyond a bound are exact."""
        wide = isinstance(self.kind, pl.UInt64 | pl.Int128 | pl.UInt128 | pl.Decimal)
        return self.is_ordered and not wide

    def key(self, fact: str) -> str:
        """Name of one of its aggregates."""
        return f"{RIDER}.{self.place}.{fact}"


def subjects_of(schema: Mapping[str, pl.DataType]) -> list[Subject]:
    """The columns to profile, in file order."""
    return [
        Subject(place, name, kind, MISSING + name in schema, UNCASTABLE + name in schema)
        for place, (name, kind) in enumerate(schema.items())
        if not name.startswith(OWN)
    ]


def first_look(one: Subject) -> dict[str, pl.Expr]:
    """Aggregates of one column that stream: fact → expression of one value."""
    cell = one.cell
    looks = {"count": cell.count()}
    if one.has_missing:
        looks["missing"] = pl.col(MISSING + one.name).sum()
    if one.has_uncastable:
        looks["uncastable"] = pl.col(UNCASTABLE + one.name).sum()
    if one.is_bare:
        return looks
    looks["distinct"] = cell.approx_n_unique().cast(pl.Int64)
    if one.is_text:
        return looks | _of_text(cell)
    if isinstance(one.kind, pl.Boolean):
        return looks
    looks |= {"min": cell.min(), "max": cell.max()}
    if one.kind.is_numeric():
        number = cell.cast(pl.Float64)
        finite = pl.when(number.is_finite()).then(number)
        looks |= {"mean": finite.mean(), "std": finite.std(), "infinite": number.is_infinite().sum()}
        looks |= {"zeros": (cell == 0).sum(), "negatives": (cell < 0).sum()}
    if one.is_ordered:
        looks |= {"low": one.on_axis.min(), "high": one.on_axis.max()}
    return looks


def _of_text(cell: pl.Expr) -> dict[str, pl.Expr]:
    length = cell.str.len_chars()
    return {
        "length_min": length.min(),
        "length_max": length.max(),
        "length_mean": length.mean(),
        "empty": (cell == "").sum(),
        "outer_space": cell.str.contains(f"^{SPACE_CLASS}|{SPACE_CLASS}$").sum(),
    }


def taken(one: Subject, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the select answered about one column, by fact."""
    lead = one.key("")
    return {key[len(lead) :]: value for key, value in values.items() if key.startswith(lead)}
