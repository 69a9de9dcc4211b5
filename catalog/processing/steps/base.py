"""What a cleaning step is: parameters read from the recipe, then one lazy rewriting of the working frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

import polars as pl

from governance.validation.casts import CastPlan, LogicalType, canonical_text_expr, cast_expr
from governance.validation.errors import EngineError, invalid
from governance.validation.predicates import parse_predicate, unknown_column
from governance.validation.reading import ROW, RawTable

if TYPE_CHECKING:
    from governance.validation.standard import CompiledStandard

CELLS = "_gavel_cells"
"""Cells of the row that a step changed."""
REASON = "_gavel_reason"
"""Why a step removes the row; null where it stays."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
T = TypeVar("T")


@dataclass(frozen=True)
class Work:
    """The frame between two steps: `_gavel_row` and the data columns in order, with what is known of them.

    `types` are logical types by column; `origins` the columns of the source each one was made from.
    """

    frame: pl.LazyFrame
    schema: Mapping[str, pl.DataType]
    types: Mapping[str, LogicalType]
    origins: Mapping[str, frozenset[str]]
    rows: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Data columns in order."""
        return tuple(self.schema)

    def need(self, names: Iterable[str]) -> None:
        """Raise `unknown_column` for a name the frame does not have."""
        for name in names:
            if name not in self.schema:
                raise unknown_column(name)

    def text(self, name: str) -> pl.Expr:
        """Canonical text of a column's cells."""
        return canonical_text_expr(pl.col(name), self.schema[name])

    def is_text(self, name: str) -> bool:
        """Whether the cells are text as stored."""
        return isinstance(self.schema[name], pl.String)

    def cells(self) -> dict[str, CastPlan]:
        """Typed cells of every column."""
        return {name: cast_expr(name, self.schema[name], self.types[name]) for name in self.schema}

    def typed(self, name: str) -> CastPlan:
        """Typed cells of one column."""
        return cast_expr(name, self.schema[name], self.types[name])


@dataclass(frozen=True)
class Draft:
    """What a step makes of the frame. `frame` also holds `_gavel_cells` and `_gavel_reason`.

    `guarded` are columns whose originals must be kept at level 4 or above (mask, drop and select columns).
    """

    frame: pl.LazyFrame
    types: Mapping[str, LogicalType]
    origins: Mapping[str, frozenset[str]]
    dropped: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """Everything a step may need beside the frame. Plain data: no clock, no files of its own."""

    now: datetime
    timezone: str = "Etc/UTC"
    standard: CompiledStandard | None = None
    references: Mapping[str, RawTable] = field(default_factory=dict)
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    format: Literal["csv", "csv.gz", "parquet", "delta"] = "csv"
    """How the source was stored: in Parquet and Delta an empty text is no missing one."""


class Step(Protocol):
    """One step of a recipe."""

    @property
    def id(self) -> str:
        """Its id in the recipe."""

    @property
    def kind(self) -> str:
        """Its kind."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it names, for the report."""

    def apply(self, work: Work, around: Surroundings) -> Draft:
        """Rewrite lazily; raises `unknown_column`, `recipe_invalid`, `parameter_invalid`."""


class Fields:
    """The parameters of one step; every getter raises `recipe_invalid` naming step and parameter."""

    def __init__(self, step: str, tree: Mapping[str, object]) -> None:
        self.step = step
        self.kind = str(tree["kind"])
        self._tree = tree
        self._read = {"id", "kind", "name", "description"}

    def finish(self) -> None:
        """Raise when a parameter was given that the kind does not have."""
        unknown = sorted(str(key) for key in set(self._tree) - self._read)
        if unknown:
            raise self.bad(unknown[0])

    def has(self, name: str) -> bool:
        """Whether the parameter is given."""
        return name in self._tree

    def raw(self, name: str) -> object:
        """The value as written, None where absent."""
        self._read.add(name)
        return self._tree.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A text."""
        value = self.raw(name) if self.has(name) else default
        if not isinstance(value, str):
            raise self.bad(name)
        return value

    def word(self, name: str, words: Iterable[str], default: str | None = None) -> str:
        """One of several words."""
        value = self.text(name, default)
        if value not in words:
            raise self.bad(name)
        return value

    def texts(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts; scalars count by their source text."""
        if not self.has(name) and default is not None:
            return default
        value = self.raw(name)
        if not isinstance(value, list) or not value or any(isinstance(v, dict | list | None) for v in value):
            raise self.bad(name)
        return tuple(("true" if v else "false") if isinstance(v, bool) else str(v) for v in value)

    def names(self, name: str = "columns", default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Column names, each once."""
        names = self.texts(name, default)
        if len(set(names)) != len(names) or any(n.startswith("_gavel_") or not n for n in names):
            raise self.bad(name)
        return names

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean."""
        value = self.raw(name) if self.has(name) else default
        if not isinstance(value, bool):
            raise self.bad(name)
        return value

    def whole(self, name: str, least: int, most: int) -> int:
        """An integer within bounds."""
        value = self.raw(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.bad(name)
        return int(value)

    def reference(self, name: str = "reference") -> str:
        """A bare reference name: never a path."""
        value = self.text(name)
        if not _NAME.fullmatch(value) or ".." in value:
            raise self.bad(name)
        return value

    def where(self) -> object:
        """The predicate tree, None where absent; it is read when the columns are known."""
        tree = self.raw("where")
        if self.has("where") and not isinstance(tree, Mapping):
            raise self.bad("where")
        return tree

    def bad(self, parameter: str) -> EngineError:
        """The refusal of one parameter."""
        return bad_recipe(
            f"Step {self.step}: the parameter {parameter} is invalid.",
            f"步骤 {self.step}：参数 {parameter} 无效。",
            step=self.step,
            parameter=parameter,
        )

    def guard(self, parameter: str, read: Callable[[], T]) -> T:
        """Run a reader of the validation engine; its refusal becomes `recipe_invalid`."""
        try:
            return read()
        except EngineError as error:
            raise self.bad(parameter) from error


def bad_recipe(message_en: str, message_zh: str, *, detail: object = None, **facts: str) -> EngineError:
    """A `recipe_invalid` error."""
    known = detail if isinstance(detail, str | Mapping) else (dict(facts) or None)
    return invalid(message_en, message_zh, known, code="recipe_invalid")


def selection(work: Work, where: object, around: Surroundings) -> pl.Expr | None:
    """Rows a `where` selects (never null); None where there is no `where`."""
    if where is None:
        return None
    predicate = parse_predicate(where, work.types, timezone=around.timezone)
    if predicate.problem is not None:
        raise invalid(
            "A where cannot be judged on these columns.",
            "where 条件无法在这些列上判断。",
            {"reason": predicate.problem},
        )
    return predicate.expr(work.cells()).fill_null(False)


def select_rows(work: Work, where: object, around: Surroundings) -> tuple[Work, pl.Expr | None]:
    """`selection` as a column of the frame, for steps that turn cells into text before they rewrite them."""
    selected = selection(work, where, around)
    if selected is None:
        return work, None
    frame = work.frame.with_columns(selected.alias("_gavel_selected"))
    return replace(work, frame=frame), pl.col("_gavel_selected")


def rewritten(
    work: Work,
    changes: Mapping[str, pl.Expr],
    *,
    selected: pl.Expr | None = None,
    reason: pl.Expr | None = None,
    changed: Mapping[str, pl.Expr] | None = None,
    types: Mapping[str, LogicalType] | None = None,
) -> Draft:
    """Cells take new values in the selected rows; the changed ones are counted.

    `changed` overrides, per column, when a cell counts as changed (default: it differs, missing = missing).
    Removed rows keep their cells and count none.
    """
    news: dict[str, pl.Expr] = {}
    for name, new in changes.items():
        old = pl.col(name)
        news[name] = new if selected is None else pl.when(selected).then(new).otherwise(old)
    counted = []
    for name, new in news.items():
        differs = changed[name] if changed and name in changed else pl.col(name).ne_missing(new)
        counted.append(differs if selected is None else differs & selected)
    leaves = nothing() if reason is None else reason
    if selected is not None and reason is not None:
        leaves = pl.when(selected).then(reason)
    cells = (
        pl.sum_horizontal([flag.cast(pl.Int64) for flag in counted]) if counted else pl.lit(0, dtype=pl.Int64)
    )
    marked = work.frame.with_columns(
        [new.alias(f"_gavel_new_{name}") for name, new in news.items()]
        + [leaves.cast(pl.String).alias(REASON), cells.cast(pl.Int64).alias(CELLS)]
    )
    stays = pl.col(REASON).is_null()
    frame = marked.with_columns(
        [pl.col(f"_gavel_new_{name}").alias(name) for name in news]
        + [pl.when(stays).then(pl.col(CELLS)).otherwise(pl.lit(0, dtype=pl.Int64)).alias(CELLS)]
    ).drop([f"_gavel_new_{name}" for name in news])
    return Draft(frame, {**work.types, **(types or {})}, work.origins)


def removing(work: Work, reason: pl.Expr) -> Draft:
    """Only rows are removed: those with a reason."""
    return rewritten(work, {}, reason=reason)


def nothing() -> pl.Expr:
    """A missing text."""
    return pl.lit(None, dtype=pl.String)


def kept_columns(work: Work, names: Iterable[str], draft: Draft) -> Draft:
    """The draft with these data columns only, in this order."""
    chosen = tuple(names)
    gone = tuple(name for name in work.columns if name not in chosen)
    return replace(
        draft,
        frame=draft.frame.select(ROW, *chosen, CELLS, REASON),
        types={name: draft.types[name] for name in chosen},
        origins={name: draft.origins[name] for name in chosen},
        dropped=gone,
        guarded=gone,
    )
