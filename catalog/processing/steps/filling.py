"""fill: missing cells take a value, another column's cell, or the cell before."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from catalog.processing.steps.base import Draft, Fields, Surroundings, Work, bad_recipe, rewritten, selection
from governance.validation.casts import cast_value
from governance.validation.errors import EngineError


@dataclass(frozen=True)
class Fill:
    """Only missing cells change. Exactly one of `value`, `source`, `forward` is given."""

    id: str
    kind: str
    columns: tuple[str, ...]
    value: object = None
    source: str | None = None
    forward: bool = False
    group_by: tuple[str, ...] = ()
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> Fill:
        value = fields.raw("value")
        source = fields.text("from") if fields.has("from") else None
        forward = fields.flag("forward")
        group_by = fields.names("group_by", ())
        if [fields.has("value"), source is not None, forward].count(True) != 1:
            raise fields.bad("value")
        if fields.has("value") and (value is None or value == "" or isinstance(value, dict | list)):
            raise fields.bad("value")
        if group_by and not forward:
            raise fields.bad("group_by")
        return cls(fields.step, fields.kind, fields.names(), value, source, forward, group_by, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need((*self.columns, *self.group_by, *((self.source,) if self.source else ())))
        changes = {}
        for name in self.columns:
            missing = work.typed(name).missing
            changes[name] = pl.when(missing).then(self._filling(work, name)).otherwise(pl.col(name))
        return rewritten(work, changes, selected=selection(work, self.where, around))

    def _filling(self, work: Work, name: str) -> pl.Expr:
        if self.source is not None:
            if work.is_text(name):
                return work.text(self.source)
            if work.schema[self.source] != work.schema[name]:
                raise self._mismatch(name)
            return pl.col(self.source)
        if self.forward:
            before = pl.when(~work.typed(name).missing).then(pl.col(name)).forward_fill()
            if not self.group_by:
                return before
            known = pl.all_horizontal([~work.typed(part).missing for part in self.group_by])
            return pl.when(known).then(before.over(self.group_by))
        try:
            literal = cast_value(self.value, work.types[name])
        except EngineError as error:
            raise self._mismatch(name) from error
        if work.is_text(name):
            text = self.value if isinstance(self.value, str) else str(self.value)
            return pl.lit(text.lower() if isinstance(self.value, bool) else text)
        return pl.lit(literal).cast(work.schema[name])

    def _mismatch(self, name: str) -> EngineError:
        return bad_recipe(
            f"Step {self.id}: the filling does not have the type of column {name}.",
            f"步骤 {self.id}：填充值与列 {name} 的类型不符。",
            step=self.id,
            column=name,
        )
