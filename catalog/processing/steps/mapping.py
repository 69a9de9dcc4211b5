"""map_values: cells are looked up and replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from catalog.processing.steps.base import Draft, Fields, Surroundings, Work, nothing, rewritten, select_rows
from governance.validation.casts import LogicalType, canonical_text_expr
from governance.validation.errors import invalid, refuse
from governance.validation.predicates import unknown_column


@dataclass(frozen=True)
class MapValues:
    """Exact match of the cell's text, by a map of the recipe or two columns of a reference.

    The columns become text. Missing cells stay missing. Of several reference rows for a text the first
    counts.
    """

    id: str
    kind: str
    columns: tuple[str, ...]
    table: Mapping[str, str | None] = field(default_factory=dict)
    reference: str | None = None
    source: str = ""
    target: str = ""
    unmatched: str = "keep"
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> MapValues:
        unmatched = fields.word("unmatched", ("keep", "null", "quarantine"), "keep")
        reference, source, target, table = None, "", "", {}
        if fields.has("reference"):
            reference = fields.reference()
            source, target = fields.text("from"), fields.text("to")
        else:
            table = _table(fields)
        return cls(
            fields.step,
            fields.kind,
            fields.names(),
            table,
            reference,
            source,
            target,
            unmatched,
            fields.where(),
        )

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        work, selected = select_rows(work, self.where, around)
        table = self._looked_up(around) if self.reference else self.table
        keys = list(table)
        values = pl.Series([table[key] for key in keys], dtype=pl.String)
        changes, changed, reason = {}, {}, nothing()
        texts = work.frame.with_columns(work.text(name).alias(name) for name in self.columns)
        for name in self.columns:
            text = pl.col(name)
            matched = text.is_in(keys).fill_null(False)
            new = text.replace_strict(keys, values, default=None, return_dtype=pl.String)
            rest = pl.lit(None, dtype=pl.String) if self.unmatched == "null" else text
            changes[name] = pl.when(matched).then(new).otherwise(rest)
            changed[name] = text.ne_missing(changes[name])
            if self.unmatched == "quarantine":
                stray = text.is_not_null() & ~matched
                reason = pl.coalesce(reason, pl.when(stray).then(pl.lit(f"unmatched:{name}")))
        base = Work(texts, work.schema, work.types, work.origins, work.rows)
        types = {name: _text_type(work, name) for name in self.columns}
        return rewritten(base, changes, selected=selected, reason=reason, changed=changed, types=types)

    def _looked_up(self, around: Surroundings) -> dict[str, str | None]:
        if self.reference is None or self.reference not in around.references:
            raise refuse("reference_not_found", {"reference": str(self.reference)})
        found = around.references[self.reference]
        for name in (self.source, self.target):
            if name not in found.schema:
                raise unknown_column(name)
        pairs = found.frame.select(
            canonical_text_expr(pl.col(self.source), found.schema[self.source]).alias("key"),
            canonical_text_expr(pl.col(self.target), found.schema[self.target]).alias("value"),
        )
        table: dict[str, str | None] = {}
        for key, value in pairs.filter(pl.col("key").is_not_null()).collect(engine="streaming").iter_rows():
            table.setdefault(key, value)
        if not table:
            raise invalid(
                "The reference holds no values.", "参照数据中没有取值。", {"reference": str(self.reference)}
            )
        return table


def _table(fields: Fields) -> dict[str, str | None]:
    tree = fields.raw("map")
    if not isinstance(tree, Mapping) or not tree:
        raise fields.bad("map")
    table: dict[str, str | None] = {}
    for key, value in tree.items():
        if isinstance(value, dict | list) or value == "":
            raise fields.bad("map")
        table[_written(key)] = None if value is None else _written(value)
    return table


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text_type(work: Work, name: str) -> LogicalType:
    """A text column keeps the type its standard gives it; a typed one is text now."""
    return work.types[name] if work.is_text(name) else LogicalType("string")
