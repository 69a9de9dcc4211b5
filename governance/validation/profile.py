"""Statistics of a data version, per column, in streaming passes over the typed frame."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl

from governance.validation.casts import canonical_text_expr

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BINS = 20
TOP = 20
EXACT_DISTINCT_ROWS = 2_000_000
"""Above so many rows distinct values are estimated (and marked so): exact counting holds them all."""
MOST_GROUPS = 100_000
"""Top values are listed for columns with at most so many distinct values."""

Profile = dict[str, Any]


def profile_frame(frame: pl.LazyFrame, *, hidden: Collection[str] = ()) -> Profile:
    """`{rows, columns: {name: statistics}}`, plain JSON.

    Every column has type, count (of values), missing, distinct, distinct_exact; numbers also min, max, mean,
    std, quantiles and histogram {edges, counts}; dates min and max; texts lengths {min, max, mean} and empty;
    where few values occur, top [{value, count}]. Columns in `hidden` show no value and no figure of one.
    """
    schema = {name: kind for name, kind in frame.collect_schema().items() if not name.startswith("_gavel_")}
    rows = int(frame.select(pl.len()).collect(engine="streaming").item())
    exact = rows <= EXACT_DISTINCT_ROWS
    wanted = [
        expr.alias(f"{index}.{key}")
        for index, (name, kind) in enumerate(schema.items())
        for key, expr in _first_look(_cell(name, kind), kind, exact=exact).items()
    ]
    seen = frame.select(wanted).collect(engine="streaming").row(0, named=True) if wanted else {}
    columns: dict[str, dict[str, Any]] = {}
    for index, (name, kind) in enumerate(schema.items()):
        facts = {key.split(".", 1)[1]: value for key, value in seen.items() if key.startswith(f"{index}.")}
        columns[name] = _facts(facts, kind, rows, exact=exact)
    _add_histograms(frame, schema, columns)
    _add_top_values(frame, schema, columns, hidden)
    for name in hidden:
        for key in ("min", "max", "mean", "std", "quantiles", "histogram", "top"):
            columns.get(name, {}).pop(key, None)
    return {"rows": rows, "columns": columns}


def _cell(name: str, kind: pl.DataType) -> pl.Expr:
    return pl.col(name).fill_nan(None) if kind.is_float() else pl.col(name)


def _first_look(cell: pl.Expr, kind: pl.DataType, *, exact: bool) -> dict[str, pl.Expr]:
    looks = {"count": cell.count()}
    if kind.is_nested() or isinstance(kind, pl.Null | pl.Binary | pl.Object):
        return looks
    looks["distinct"] = (cell.drop_nulls().n_unique() if exact else cell.approx_n_unique()).cast(pl.Int64)
    if isinstance(kind, pl.String):
        length = cell.str.len_chars()
        return looks | {
            "length_min": length.min(),
            "length_max": length.max(),
            "length_mean": length.mean(),
            "empty": (cell == "").sum(),
        }
    if kind.is_numeric():
        number = cell.cast(pl.Float64)
        finite = pl.when(number.is_finite()).then(number)
        looks |= {"mean": finite.mean(), "std": finite.std()}
        looks |= {"finite_min": finite.min(), "finite_max": finite.max()}
        looks |= {f"q{q}": finite.quantile(q, interpolation="linear") for q in QUANTILES}
    if isinstance(kind, pl.Boolean):
        return looks
    return looks | {"min": cell.min(), "max": cell.max()}


def _facts(seen: Mapping[str, Any], kind: pl.DataType, rows: int, *, exact: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "type": str(kind),
        "count": seen["count"],
        "missing": rows - seen["count"],
        "missing_share": (rows - seen["count"]) / rows if rows else 0.0,
    }
    if "distinct" in seen:
        facts |= {"distinct": min(seen["distinct"], seen["count"]), "distinct_exact": exact}
    if "length_min" in seen:
        lengths = {key: _plain(seen[f"length_{key}"]) for key in ("min", "max", "mean")}
        facts |= {"lengths": lengths, "empty": seen["empty"]}
    for key in ("min", "max", "mean", "std"):
        if key in seen:
            facts[key] = _plain(seen[key])
    if "finite_min" in seen:
        facts["quantiles"] = {str(q): _plain(seen[f"q{q}"]) for q in QUANTILES}
        facts["_finite"] = (seen["finite_min"], seen["finite_max"])
    return facts


def _add_histograms(
    frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], columns: dict[str, dict[str, Any]]
) -> None:
    """Equal-width bins between the smallest and largest finite value; the last bin holds its upper edge."""
    bounds = {name: facts.pop("_finite") for name, facts in columns.items() if "_finite" in facts}
    bounds = {name: pair for name, pair in bounds.items() if pair[0] is not None}
    if not bounds:
        return
    wanted = []
    for index, (name, (low, high)) in enumerate(bounds.items()):
        number = _cell(name, schema[name]).cast(pl.Float64)
        finite = pl.when(number.is_finite()).then(number)
        width = (high - low) / BINS
        place = ((finite - low) / width).floor().clip(0, BINS - 1) if width > 0 else finite * 0.0
        wanted += [(place == bin_index).sum().alias(f"{index}.{bin_index}") for bin_index in range(BINS)]
    seen = frame.select(wanted).collect(engine="streaming").row(0)
    for index, (name, (low, high)) in enumerate(bounds.items()):
        counts = list(seen[index * BINS : (index + 1) * BINS])
        edges = [low + (high - low) * step / BINS for step in range(BINS + 1)]
        if not high > low:
            edges, counts = [low, high], [sum(counts)]
        columns[name]["histogram"] = {"edges": [_plain(edge) for edge in edges], "counts": counts}


def _add_top_values(
    frame: pl.LazyFrame,
    schema: Mapping[str, pl.DataType],
    columns: dict[str, dict[str, Any]],
    hidden: Collection[str],
) -> None:
    for name, kind in schema.items():
        if name in hidden or not 0 < columns[name].get("distinct", 0) <= MOST_GROUPS:
            continue
        text = canonical_text_expr(_cell(name, kind), kind).alias("value")
        counted = frame.select(text).drop_nulls().group_by("value").agg(pl.len().alias("count"))
        top = counted.sort(["count", "value"], descending=[True, False]).head(TOP).collect(engine="streaming")
        columns[name]["top"] = list(_shortened(top))


def _shortened(top: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for value, count in top.iter_rows():
        yield {"value": value[:200], "count": count}


def _plain(value: object) -> Any:
    """A JSON value: no NaN or infinity, dates as ISO text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)
