"""Steps on whole columns: split, merge, rename, drop_columns, select_columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from catalog.processing.steps.base import (
    CELLS,
    REASON,
    Draft,
    Fields,
    Surroundings,
    Work,
    bad_recipe,
    kept_columns,
    nothing,
    rewritten,
    selection,
)
from governance.validation.casts import LogicalType
from governance.validation.reading import ROW
from governance.validation.regex import polars_pattern


@dataclass(frozen=True)
class Split:
    """One column into several; missing parts are null, surplus text stays in the last part."""

    id: str
    kind: str
    columns: tuple[str, ...]
    separator: str | None
    pattern: str | None
    into: tuple[str, ...]
    drop_source: bool
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> Split:
        separator = fields.text("separator") if fields.has("separator") else None
        pattern = fields.text("pattern") if fields.has("pattern") else None
        if (separator is None) == (pattern is None) or separator == "":
            raise fields.bad("separator")
        groups: tuple[str, ...] = ()
        if pattern is not None:
            groups = tuple(re.findall(r"\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>", pattern))
            if polars_pattern(pattern) is None or not groups:
                raise fields.bad("pattern")
        into = fields.names("into", groups or None)
        if groups and set(into) != set(groups):
            raise fields.bad("into")
        drop_source, where = fields.flag("drop_source"), fields.where()
        if drop_source and where is not None:
            raise fields.bad("drop_source")
        column = fields.text("column")
        return cls(fields.step, fields.kind, (column,), separator, pattern, into, drop_source, where)

    def apply(self, work: Work, around: Surroundings) -> Draft:
        (source,) = self.columns
        work.need((source,))
        _new_names(self.id, work, self.into, allowed=())
        empty = [pl.lit(None, dtype=pl.String).alias(name) for name in self.into]
        base = _with_new(work, work.frame.with_columns(empty), self.into, work.origins[source])
        parts = self._parts(work.text(source))
        changes = {name: pl.when(part != "").then(part) for name, part in parts.items()}
        draft = rewritten(base, changes, selected=selection(work, self.where, around))
        if not self.drop_source:
            return draft
        kept = kept_columns(base, [name for name in base.columns if name != source], draft)
        return replace(kept, guarded=())

    def _parts(self, text: pl.Expr) -> dict[str, pl.Expr]:
        if self.separator is not None:
            pieces = text.str.splitn(self.separator, len(self.into))
            return {name: pieces.struct.field(f"field_{place}") for place, name in enumerate(self.into)}
        groups = text.str.extract_groups(polars_pattern(str(self.pattern)) or "")
        return {name: groups.struct.field(name) for name in self.into}


@dataclass(frozen=True)
class Merge:
    """Several columns into one; missing parts are left out, no part at all is missing."""

    id: str
    kind: str
    columns: tuple[str, ...]
    separator: str
    into: str
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> Merge:
        into = fields.text("into")
        if not into or into.startswith("_gavel_"):
            raise fields.bad("into")
        return cls(fields.step, fields.kind, fields.names(), fields.text("separator"), into, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        _new_names(self.id, work, (self.into,), allowed=self.columns)
        joined = pl.concat_str(
            [work.text(name) for name in self.columns], separator=self.separator, ignore_nulls=True
        )
        some = pl.any_horizontal([pl.col(name).is_not_null() for name in self.columns])
        merged = pl.when(some & (joined != "")).then(joined)
        selected = selection(work, self.where, around)
        origins = frozenset().union(*(work.origins[name] for name in self.columns))
        before = work.text(self.into) if self.into in work.schema else nothing()
        # The parts are joined before the target is touched, which may be one of them.
        frame = work.frame.with_columns(merged.alias("_gavel_merged")).with_columns(before.alias(self.into))
        base = _with_new(work, frame, (self.into,), origins)
        return rewritten(base, {self.into: pl.col("_gavel_merged")}, selected=selected)


@dataclass(frozen=True)
class Rename:
    """New names for columns; values stay."""

    id: str
    kind: str
    columns: tuple[str, ...]
    names: Mapping[str, str]

    @classmethod
    def read(cls, fields: Fields) -> Rename:
        tree = fields.raw("map")
        if not isinstance(tree, Mapping) or not tree:
            raise fields.bad("map")
        names = {str(old): new for old, new in tree.items()}
        good = all(isinstance(new, str) and new and not new.startswith("_gavel_") for new in names.values())
        if not good or len(set(names.values())) != len(names):
            raise fields.bad("map")
        return cls(fields.step, fields.kind, tuple(names), {old: str(new) for old, new in names.items()})

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        after = [self.names.get(name, name) for name in work.columns]
        if len(set(after)) != len(after):
            raise _taken(self.id)
        draft = rewritten(work, {})
        return Draft(
            draft.frame.select(
                ROW, *(pl.col(n).alias(self.names.get(n, n)) for n in work.columns), CELLS, REASON
            ),
            {self.names.get(name, name): kind for name, kind in work.types.items()},
            {self.names.get(name, name): made for name, made in work.origins.items()},
        )


@dataclass(frozen=True)
class ChooseColumns:
    """drop_columns and select_columns (which also orders)."""

    id: str
    kind: str
    columns: tuple[str, ...]

    @classmethod
    def read(cls, fields: Fields) -> ChooseColumns:
        return cls(fields.step, fields.kind, fields.names())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        if self.kind == "select_columns":
            return kept_columns(work, self.columns, rewritten(work, {}))
        rest = [name for name in work.columns if name not in self.columns]
        if not rest:
            raise bad_recipe(
                f"Step {self.id} would drop every column.", f"步骤 {self.id} 会删除所有列。", step=self.id
            )
        return kept_columns(work, rest, rewritten(work, {}))


def _with_new(work: Work, frame: pl.LazyFrame, names: tuple[str, ...], origins: frozenset[str]) -> Work:
    """The work with text columns added (or turned into text)."""
    return Work(
        frame,
        {**work.schema, **dict.fromkeys(names, pl.String())},
        {**work.types, **dict.fromkeys(names, LogicalType("string"))},
        {**work.origins, **{name: origins | work.origins.get(name, frozenset()) for name in names}},
        work.rows,
    )


def _new_names(step: str, work: Work, names: tuple[str, ...], *, allowed: tuple[str, ...]) -> None:
    if any(name in work.schema and name not in allowed for name in names):
        raise _taken(step)


def _taken(step: str) -> Exception:
    return bad_recipe(
        f"Step {step}: a new column has the name of another.",
        f"步骤 {step}：新列与已有列同名。",
        step=step,
    )
