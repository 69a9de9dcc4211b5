"""The passes of a profile: first look, value tables and sample together, large columns, exact counts.

Memory is bounded by the value tables (columns of few distinct values are grouped, `FEW_VALUES` each), by one
column at a time where all its values are needed, and by a sample of `SAMPLE` rows for the texts of columns of
very many distinct values. What comes from the sample is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from governance.validation.casts import canonical_text_expr
from governance.validation.profiling.columns import RIDER, ROW, Subject, first_look, subjects_of, taken
from governance.validation.profiling.distribution import Sorted, facts_of, plain
from governance.validation.profiling.texts import Texts, counting, facts_of_texts, likely

Profile = dict[str, Any]

TOP = 20
LONGEST_SHOWN = 200
FEW_VALUES = 100_000
"""Columns of at most so many distinct values are grouped together, in one pass over the data."""
MANY_VALUES = 2_000_000
"""Columns of at most so many distinct values are grouped one at a time; beyond, a sample is looked at."""
SAMPLE = 200_000
CANDIDATES = 100
"""So many of the sample's most frequent values are counted over all rows."""
MOST_HELD = 60_000_000
"""Of a table of more rows no column is held whole: quantiles then come from the sample."""
_STRIDE = 0x9E3779B1
"""Golden-ratio step: rows × stride spreads evenly, so the sample follows no rhythm of the data."""


def profile_frame(
    frame: pl.LazyFrame, *, today: date | None = None, stop: Callable[[], None] = lambda: None
) -> Profile:
    """`{rows, columns: {name: facts}}` of every column; birth dates in identity numbers end at `today`."""
    wanted = [expr.alias(name) for name, expr in profile_aggregates(frame.collect_schema()).items()]
    values = frame.select(wanted).collect(engine="streaming").row(0, named=True)
    return finish(values, frame, today=today, stop=stop)


def profile_aggregates(schema: Mapping[str, pl.DataType]) -> dict[str, pl.Expr]:
    """The first look at every column as aggregates of one streaming select, by unique names."""
    looks = {one.key(fact): expr for one in subjects_of(schema) for fact, expr in first_look(one).items()}
    return {f"{RIDER}.rows": pl.len(), **looks}


def finish(
    values: Mapping[str, Any],
    frame: pl.LazyFrame,
    *,
    today: date | None = None,
    stop: Callable[[], None] = lambda: None,
) -> Profile:
    """The profile from what the select of `profile_aggregates` answered, and a few more bounded passes.

    `stop` is called between passes and may raise.
    """
    rows = int(values[f"{RIDER}.rows"])
    subjects = subjects_of(frame.collect_schema())
    seen = {one.name: taken(one, values) for one in subjects}
    columns = {one.name: _counts(one, seen[one.name], rows) for one in subjects}
    guess = {name: int(facts.get("distinct") or 0) for name, facts in seen.items()}
    work = _Passes(_numbered(frame), rows, today or date.max, columns, guess)
    worth = [one for one in subjects if not one.is_bare and seen[one.name]["count"]]
    few = [one for one in worth if rows <= SAMPLE or guess[one.name] <= FEW_VALUES]
    rest = [one for one in worth if one not in few]
    many = [one for one in rest if guess[one.name] <= MANY_VALUES]
    most = [one for one in rest if one not in many]
    stop()
    sample = work.together(few, most)
    for one in many:
        stop()
        work.table(one, work.grouped(one).collect(engine="streaming"))
    for one in most:
        stop()
        work.large(one, sample)
    stop()
    work.confirm(most)
    return {"rows": rows, "columns": columns}


def _numbered(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame if ROW in frame.collect_schema() else frame.with_row_index(ROW, offset=1)


def _counts(one: Subject, seen: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """Facts of the first look alone."""
    uncastable = int(seen.get("uncastable") or 0)
    missing = int(seen["missing"]) if one.has_missing else rows - seen["count"] - uncastable
    facts: dict[str, Any] = {
        "type": str(one.kind),
        "count": seen["count"],
        "missing": missing,
        "missing_share": missing / rows if rows else 0.0,
    }
    if one.has_uncastable:
        facts["uncastable"] = uncastable
    if "length_min" in seen:
        lengths = {key: plain(seen[f"length_{key}"]) for key in ("min", "max", "mean")}
        facts |= {"lengths": lengths, "empty": seen["empty"], "outer_space": seen["outer_space"]}
    for key in ("min", "max", "mean", "std", "infinite", "zeros", "negatives"):
        if key in seen:
            facts[key] = plain(seen[key])
    for key, share in (("zeros", "zero_share"), ("negatives", "negative_share")):
        if key in seen:
            facts[share] = seen[key] / seen["count"] if seen["count"] else 0.0
    if not one.is_bare and not seen["count"]:
        facts |= {"distinct": 0, "distinct_exact": True, "unique_share": 0.0}
    return facts


class _Passes:
    """The passes after the first look, and the facts they add to the columns."""

    def __init__(
        self,
        frame: pl.LazyFrame,
        rows: int,
        today: date,
        columns: dict[str, dict[str, Any]],
        estimates: Mapping[str, int],
    ) -> None:
        self._estimates = estimates
        self._frame = frame
        self._rows = rows
        self._today = today
        self._columns = columns

    def together(self, few: Sequence[Subject], most: Sequence[Subject]) -> pl.DataFrame:
        """One pass: the value table of each column of few values, and the sample the large ones need."""
        queries = [self.grouped(one) for one in few]
        if most:
            queries.append(self._sampled(most))
        if not queries:
            return pl.DataFrame()
        found = pl.collect_all(queries, engine="streaming")
        for one, table in zip(few, found, strict=False):
            self.table(one, table)
        return found[-1] if most else pl.DataFrame()

    def grouped(self, one: Subject) -> pl.LazyFrame:
        """The distinct values of a column with their counts."""
        values = self._frame.select(one.cell.alias("value")).filter(pl.col("value").is_not_null())
        return values.group_by("value").agg(pl.len().cast(pl.Int64).alias("n"))

    def table(self, one: Subject, table: pl.DataFrame) -> None:
        """All facts of a column from its value table: everything is exact."""
        facts = self._columns[one.name]
        self._distinct(one, table.height, exact=True)
        facts["top"], facts["top_exact"] = self._top(one, table), True
        if one.is_text:
            facts |= facts_of_texts(Texts(table, whole=True), self._today)
        if one.is_ordered:
            self._ordered(one, _axis(one, table))

    def large(self, one: Subject, sample: pl.DataFrame) -> None:
        """A column of very many distinct values: held alone, where it is not too long for that; its texts and
        top values come from the sample."""
        facts = self._columns[one.name]
        drawn = sample.select(pl.col(one.name).alias("value")).drop_nulls()
        table = drawn.group_by("value").agg(pl.len().cast(pl.Int64).alias("n"))
        if one.is_text:
            facts |= facts_of_texts(Texts(table, whole=False), self._today)
        if self._rows <= MOST_HELD:
            self._held(one)
        else:
            self._distinct(one, self._estimates[one.name], exact=False)
            if one.is_ordered:
                self._ordered(one, _axis(one, table), sampled=True)
        repeated = table.filter(pl.col("n") > 1).top_k(CANDIDATES, by=["n", "value"])["value"]
        top = self.grouped(one).filter(pl.col("value").is_in(repeated.implode())).collect(engine="streaming")
        facts |= {"top": self._top(one, top), "top_exact": False, "looked_at": drawn.height}

    def confirm(self, large: Sequence[Subject]) -> None:
        """One pass that counts over all cells what nearly all sampled texts do."""
        wanted = {
            f"{one.place}.{name}": counting(pl.col(one.name), *what)
            for one in large
            if one.is_text
            for name, what in likely(self._columns[one.name]).items()
        }
        if not wanted:
            return
        counted = self._frame.select(expr.alias(name) for name, expr in wanted.items())
        found = counted.collect(engine="streaming").row(0, named=True)
        for one in large:
            own = {
                name.partition(".")[2]: count
                for name, count in found.items()
                if name.startswith(f"{one.place}.")
            }
            if own:
                self._columns[one.name]["counted"] = own

    def _held(self, one: Subject) -> None:
        """The whole column, alone: sorted where it has an order, else as hashes."""
        facts = self._columns[one.name]
        if one.is_ordered:
            axis = self._frame.select(one.on_axis.alias("value")).drop_nulls()
            values = axis.collect(engine="streaming").to_series().sort()
            self._ordered(one, Sorted(values))
            infinite = facts.get("infinite") or 0
            ends = (facts["min"] == "-inf") + (facts["max"] == "inf")
            exact = one.is_exact_axis and len(values) + infinite == facts["count"]
        else:
            hashed = self._frame.select(one.cell.filter(one.cell.is_not_null()).hash(0).alias("value"))
            values = hashed.collect(engine="streaming").to_series().sort()
            exact, ends = False, 0
        distinct = int((values != values.shift(1)).fill_null(True).sum()) + ends
        # Equal hashes may be two values, but as many hashes as values are as many values.
        self._distinct(one, distinct, exact=exact or distinct == facts["count"])

    def _ordered(self, one: Subject, found: Sorted, *, sampled: bool = False) -> None:
        """Quantiles, histogram and fence; a fence only where what lies beyond is counted exactly."""
        facts = facts_of(found, one.kind)
        if sampled or not one.is_exact_axis:
            facts.pop("fence", None)
        self._columns[one.name] |= facts | ({"quantiles_exact": False} if sampled else {})

    def _sampled(self, most: Sequence[Subject]) -> pl.LazyFrame:
        spread = (pl.col(ROW).cast(pl.UInt64) * pl.lit(_STRIDE, dtype=pl.UInt64)) % pl.lit(
            1 << 32, dtype=pl.UInt64
        )
        drawn = spread < pl.lit((SAMPLE << 32) // self._rows, dtype=pl.UInt64)
        return self._frame.filter(drawn).select(one.cell.alias(one.name) for one in most)

    def _distinct(self, one: Subject, distinct: int, *, exact: bool) -> None:
        facts = self._columns[one.name]
        distinct = min(distinct, facts["count"])
        facts |= {"distinct": distinct, "distinct_exact": exact, "unique_share": distinct / facts["count"]}

    def _top(self, one: Subject, table: pl.DataFrame) -> list[dict[str, Any]]:
        """The most frequent values, ties by text; nothing where no value occurs twice."""
        if not table.height or (table.height > TOP and table["n"].max() == 1):
            return []
        text = canonical_text_expr(pl.col("value"), one.kind)
        top = table.select(text.alias("value"), "n").sort(["n", "value"], descending=[True, False]).head(TOP)
        return [{"value": value[:LONGEST_SHOWN], "count": count} for value, count in top.iter_rows()]


def _axis(one: Subject, table: pl.DataFrame) -> Sorted:
    """A value table as sorted places on the column's axis."""
    own = Subject(one.place, "value", one.kind)
    axis = table.select(own.on_axis.alias("value"), "n").drop_nulls().sort("value")
    return Sorted(axis["value"], axis["n"])
