"""What changed between two versions: schema, profile (with PSI), rows by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from governance.validation.casts import canonical_text_expr
from governance.validation.errors import invalid
from governance.validation.predicates import unknown_column
from governance.validation.psi import column_psi


@dataclass(frozen=True)
class SchemaDiff:
    """Columns added, removed, and with another type {name: (before, after)}."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    retyped: Mapping[str, tuple[str, str]]
    reordered: bool

    @property
    def is_empty(self) -> bool:
        """Nothing changed."""
        return not (self.added or self.removed or self.retyped or self.reordered)


@dataclass(frozen=True)
class RowDiff:
    """Rows by key: counts, per-column counts of changed cells, and keys that could not be compared."""

    added: int
    removed: int
    changed: int
    same: int
    changed_cells: Mapping[str, int]
    unkeyed_before: int
    unkeyed_after: int


def schema_diff(before: Mapping[str, pl.DataType], after: Mapping[str, pl.DataType]) -> SchemaDiff:
    """Compare two schemas in column order."""
    shared = [name for name in before if name in after]
    return SchemaDiff(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        retyped={
            name: (str(before[name]), str(after[name])) for name in shared if before[name] != after[name]
        },
        reordered=shared != [name for name in after if name in before],
    )


def profile_diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Compare two profiles of `governance.validation.profiling`: rows, and per shared column what moved.

    `psi` compares the histograms of numbers (by the edges of the old one) or the listed values of the others;
    it is null where neither is there. It surveys stored profiles: the exact figure is the rule drift_psi.
    """
    columns: dict[str, Any] = {}
    for name, old in before["columns"].items():
        new = after["columns"].get(name)
        if new is None:
            continue
        columns[name] = {
            "missing_share": [old["missing_share"], new["missing_share"]],
            "distinct": [old.get("distinct"), new.get("distinct")],
            "mean": [old.get("mean"), new.get("mean")],
            "psi": column_psi(old, new, before["rows"], after["rows"]),
        }
    return {"rows": [before["rows"], after["rows"]], "columns": columns}


def row_diff(before: pl.LazyFrame, after: pl.LazyFrame, key: Sequence[str]) -> RowDiff:
    """Compare rows by key (canonical text of the key columns); other shared columns by value.

    Rows with a missing key part are counted apart. Raises `unknown_column`; `parameter_invalid` where a key
    is there twice.
    """
    old_schema, new_schema = before.collect_schema(), after.collect_schema()
    for name in key:
        if name not in old_schema or name not in new_schema:
            raise unknown_column(name)
    shared = [name for name in old_schema if name in new_schema and name not in key and name[:7] != "_gavel_"]
    old, old_unkeyed = _keyed(before, old_schema, key, shared)
    new, new_unkeyed = _keyed(after, new_schema, key, shared)
    joined = old.join(new, on="key", how="full", suffix="_new")
    both = pl.col("key").is_not_null() & pl.col("key_new").is_not_null()
    cells = {
        f"{index}": both & pl.col(f"{index}").ne_missing(pl.col(f"{index}_new"))
        for index in range(len(shared))
    }
    changed = pl.any_horizontal(list(cells.values())) if cells else pl.lit(False)
    counts = (
        joined.select(
            pl.col("key").is_null().sum().alias("added"),
            pl.col("key_new").is_null().sum().alias("removed"),
            (both & changed).sum().alias("changed"),
            (both & ~changed).sum().alias("same"),
            *(flag.sum().alias(f"cells{index}") for index, flag in cells.items()),
        )
        .collect(engine="streaming")
        .row(0, named=True)
    )
    return RowDiff(
        added=counts["added"],
        removed=counts["removed"],
        changed=counts["changed"],
        same=counts["same"],
        changed_cells={n: counts[f"cells{i}"] for i, n in enumerate(shared) if counts[f"cells{i}"]},
        unkeyed_before=old_unkeyed,
        unkeyed_after=new_unkeyed,
    )


def _keyed(
    frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], key: Sequence[str], shared: Sequence[str]
) -> tuple[pl.LazyFrame, int]:
    """Columns `key`, `0`, `1`, … and the number of rows without a full key."""
    parts = [canonical_text_expr(pl.col(name), schema[name]) for name in key]
    # Length-prefixed parts cannot run into each other.
    sized = [part.str.len_chars().cast(pl.String) + pl.lit(":") + part for part in parts]
    texts = [
        canonical_text_expr(pl.col(name), schema[name]).alias(f"{index}") for index, name in enumerate(shared)
    ]
    whole = frame.select(pl.concat_str(sized).alias("key"), *texts)
    known = whole.filter(pl.col("key").is_not_null())
    rows, values, distinct = (
        whole.select(pl.len().alias("rows"), pl.col("key").count().alias("values"), pl.col("key").n_unique())
        .collect(engine="streaming")
        .row(0)
    )
    if distinct - (rows > values) < values:
        raise invalid(
            "The key is not unique, so rows cannot be compared by it.",
            "键不唯一，无法按其比较各行。",
            {"columns": list(key)},
        )
    return known, rows - values
