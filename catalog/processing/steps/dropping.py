"""drop_rows: rows a rule of the standard fails, or a predicate selects, go to quarantine."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from catalog.processing.steps.base import (
    Draft,
    Fields,
    Surroundings,
    Work,
    bad_recipe,
    nothing,
    removing,
    selection,
)


@dataclass(frozen=True)
class DropRows:
    """Exactly one of `rule` (an id of the standard's rules) and `where`."""

    id: str
    kind: str
    rule: str | None
    where: object
    reason: str
    columns: tuple[str, ...] = ()

    @classmethod
    def read(cls, fields: Fields) -> DropRows:
        rule = fields.text("rule") if fields.has("rule") else None
        where = fields.where()
        if (rule is None) == (where is None):
            raise fields.bad("rule")
        reason = fields.text("reason", "where")
        if not reason.strip() or len(reason) > 200:
            raise fields.bad("reason")
        return cls(fields.step, fields.kind, rule, where, reason)

    def apply(self, work: Work, around: Surroundings) -> Draft:
        if self.rule is None:
            selected = selection(work, self.where, around)
            leaves = nothing() if selected is None else pl.when(selected).then(pl.lit(self.reason))
            return removing(work, leaves)
        if around.standard is None:
            raise bad_recipe(
                f"Step {self.id} names a rule, but no standard is given.",
                f"步骤 {self.id} 引用了规则，但没有给出标准。",
                step=self.id,
                parameter="rule",
            )
        # The rule engine loads pandera, which recipes without rules do not need.
        from catalog.processing.rules import failing_rows

        failing = failing_rows(work, around, around.standard, self.rule)
        marked = work.frame.join(
            failing.with_columns(pl.lit(True).alias("_gavel_fails")),
            on="_gavel_row",
            how="left",
            maintain_order="left",
        )
        base = Work(marked, work.schema, work.types, work.origins, work.rows)
        return removing(base, pl.when("_gavel_fails").then(pl.lit(f"rule:{self.rule}")))
