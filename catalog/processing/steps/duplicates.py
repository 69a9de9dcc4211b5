"""Steps that leave one row of several: drop_exact_duplicates, dedupe_by_key."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from catalog.processing.steps.base import Draft, Fields, Surroundings, Work, removing, selection
from governance.validation.reading import ROW

_KEEPS = ("first", "last", "min", "max", "most_complete")


@dataclass(frozen=True)
class DropExactDuplicates:
    """Rows equal in all the columns (missing = missing): one stays."""

    id: str
    kind: str
    columns: tuple[str, ...]
    keep: str
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> DropExactDuplicates:
        keep = fields.word("keep", ("first", "last"), "first")
        return cls(fields.step, fields.kind, fields.names(default=()), keep, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        columns = self.columns or work.columns
        work.need(columns)
        selected = selection(work, self.where, around)
        candidates = work.frame if selected is None else work.frame.filter(selected)
        chosen = pl.col(ROW).min() if self.keep == "first" else pl.col(ROW).max()
        kept = candidates.group_by(columns).agg(chosen.alias("_gavel_kept")).select("_gavel_kept")
        return _surplus(work, kept, selected, "exact_duplicate")


@dataclass(frozen=True)
class DedupeByKey:
    """One row per key stays; rows with a missing key part all stay; ties go by file order."""

    id: str
    kind: str
    columns: tuple[str, ...]
    keep: str
    by: str | None
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> DedupeByKey:
        keep = fields.word("keep", _KEEPS, "first")
        by = fields.text("by") if fields.has("by") else None
        if (by is not None) != (keep in ("min", "max")):
            raise fields.bad("by")
        return cls(fields.step, fields.kind, fields.names("key"), keep, by, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need((*self.columns, *((self.by,) if self.by else ())))
        present = pl.all_horizontal([~work.typed(name).missing for name in self.columns])
        selected = selection(work, self.where, around)
        judged = present if selected is None else present & selected
        rank, backwards = self._rank(work)
        candidates = work.frame.filter(judged).select(ROW, *self.columns, rank.alias("_gavel_rank"))
        chosen = (
            pl.col(ROW)
            .sort_by(["_gavel_rank", ROW], descending=[backwards, self.keep == "last"], nulls_last=True)
            .first()
        )
        kept = candidates.group_by(self.columns).agg(chosen.alias("_gavel_kept")).select("_gavel_kept")
        return _surplus(work, kept, judged, "duplicate_key")

    def _rank(self, work: Work) -> tuple[pl.Expr, bool]:
        """What rows of a key are ordered by, and whether the largest wins."""
        if self.by is not None:
            return work.typed(self.by).value, self.keep == "max"
        if self.keep == "most_complete":
            filled = [(~work.typed(name).missing).cast(pl.Int64) for name in work.columns]
            return pl.sum_horizontal(filled), True
        return pl.lit(0), False


def _surplus(work: Work, kept: pl.LazyFrame, judged: pl.Expr | None, reason: str) -> Draft:
    """Judged rows that are not among the kept ones leave."""
    marked = work.frame.join(
        kept.with_columns(pl.lit(True).alias("_gavel_stays")),
        left_on=ROW,
        right_on="_gavel_kept",
        how="left",
        maintain_order="left",
    )
    leaves = pl.col("_gavel_stays").is_null()
    if judged is not None:
        leaves &= judged
    with_mark = Work(marked, work.schema, work.types, work.origins, work.rows)
    return removing(with_mark, pl.when(leaves).then(pl.lit(reason)))
