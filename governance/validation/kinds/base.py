"""What a rule kind is, and what it may ask of the table it judges (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import polars as pl

from governance.validation.casts import CastPlan
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.parameters import Parameter
from governance.validation.model import Column, Level, Rule, Severity

ROW = "_gavel_row"
RAW = "_gavel_raw_"
UNCASTABLE = "_gavel_uncastable_"
MISSING = "_gavel_missing_"

ORDERED_TYPES = ("integer", "number", "date", "timestamp", "time")
NUMBER_TYPES = ("integer", "number")
INSTANT_TYPES = ("date", "timestamp")


class KeySource(Protocol):
    """Another data set that rules compare keys with: a reference or the previous version."""

    @property
    def rows(self) -> int:
        """Number of records."""

    def keys(self, names: tuple[str, ...], like: tuple[Column, ...]) -> pl.LazyFrame:
        """Typed columns `0`, `1`, … ; raises Unjudgeable `column_missing`, `type_mismatch`."""

    def table(self) -> pl.LazyFrame:
        """All columns by property name, typed where the standard types them."""

    def prepared(self, reads: tuple[str, ...]) -> pl.LazyFrame:
        """The frame prepared like the judged table; raises Unjudgeable `column_missing`."""


@dataclass(frozen=True)
class Resources:
    """Everything a rule may need beside its own table. Plain data: no clock, no files."""

    now: datetime
    timezone: str = "Etc/UTC"
    references: Mapping[str, KeySource] = field(default_factory=dict)
    previous: KeySource | None = None
    table_columns: tuple[str, ...] = ()
    physical: Mapping[str, pl.DataType] = field(default_factory=dict)
    table_name: str = "data"
    file_format: str = "csv"

    @property
    def today(self) -> date:
        """The calendar day of `now` in the object's zone."""
        return self.now.astimezone(ZoneInfo(self.timezone)).date()

    def for_table(
        self, columns: tuple[str, ...], physical: Mapping[str, pl.DataType], name: str, file_format: str
    ) -> Resources:
        """The same resources about another table."""
        return replace(
            self, table_columns=columns, physical=physical, table_name=name, file_format=file_format
        )

    def reference(self, name: str) -> KeySource:
        """Raises Unjudgeable `reference_missing`."""
        if name not in self.references:
            raise Unjudgeable("reference_missing")
        return self.references[name]

    def before(self) -> KeySource:
        """The previous version; raises Unjudgeable `previous_missing`."""
        if self.previous is None:
            raise Unjudgeable("previous_missing")
        return self.previous


@dataclass(frozen=True)
class Bound:
    """A rule bound to one prepared table."""

    rule: Rule
    columns: Mapping[str, Column]
    resources: Resources

    def __repr__(self) -> str:
        return f"{self.rule.kind}({self.rule.id})"

    def __getitem__(self, parameter: str) -> Any:
        return self.rule.parameters[parameter]

    @property
    def column(self) -> Column:
        """The one column the rule judges."""
        return self.columns[self.rule.columns[0]]

    @property
    def value(self) -> pl.Expr:
        """Typed value of the one column; null where missing or uncastable."""
        return pl.col(self.rule.columns[0])

    def raw(self, name: str) -> pl.Expr:
        """The cell as stored."""
        return pl.col(RAW + name)

    def missing(self, name: str) -> pl.Expr:
        """§2.3: null or NaN; an uncastable cell is not missing."""
        return pl.col(MISSING + name)

    def uncastable(self, name: str) -> pl.Expr:
        """§2.4: present, but not of the column's type."""
        return pl.col(UNCASTABLE + name)

    @property
    def selected(self) -> pl.Expr | None:
        """Rows the `where` selects (never null); None where there is no `where`."""
        return None if self.rule.where is None else self.rule.where.expr(self.cells).fill_null(False)

    @property
    def cells(self) -> Mapping[str, CastPlan]:
        """Every column of the prepared frame, as predicates and expressions want it."""
        return {
            name: CastPlan(pl.col(name), self.uncastable(name), self.missing(name)) for name in self.columns
        }

    def filtered(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame without the rows the `where` leaves out."""
        return frame if self.selected is None else frame.filter(self.selected)

    def keyed(self, names: tuple[str, ...]) -> pl.Expr:
        """Rows where every named column holds a value, among the selected ones."""
        full = pl.all_horizontal([pl.col(name).is_not_null() for name in names])
        return full if self.selected is None else full & self.selected

    def need(self, *types: str | None) -> None:
        """Raise Unjudgeable `type_mismatch` unless the judged column is of one of the types."""
        if self.column.logical.name not in types:
            raise Unjudgeable("type_mismatch")

    def need_text(self) -> None:
        """Raise Unjudgeable `type_mismatch` unless the judged column is text."""
        self.need("string", None)


@dataclass(frozen=True)
class Finding:
    """What a table rule saw. `reason` is given where it failed."""

    ok: bool
    observed: float | int | str | None = None
    reason: str = "threshold"
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """The library metric of ODCS that means this kind; `arguments`: its argument → our parameter."""

    names: tuple[str, ...]
    """v3.1 first, then the words of v3.0."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    needs_column: bool = False
    of_table: bool = False
    """It counts the table itself: its operator says what is right, not how many rows may fail."""


@dataclass(frozen=True)
class Implied:
    """A rule that fields of a property stand for: where (a pointer below it), its parameters as written."""

    at: str
    given: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity | None = None


@dataclass(frozen=True)
class ImpliedBy:
    """How a kind is read from a property (standard-rules §1.1). `rank` orders the rules of one property (§9).

    `read(property, sole_key)`: `sole_key` tells that the property alone is the primary key.
    """

    rank: int
    read: Callable[[Mapping[str, Any], bool], Iterable[Implied]]
    of_options: bool = False
    """Whether the rule is one of logicalTypeOptions, which `invalid_values` without arguments judges."""


def option(node: Mapping[str, Any], types: tuple[str, ...], names: Mapping[str, str]) -> dict[str, Any]:
    """The named logicalTypeOptions of a property of one of the types, by our parameter names."""
    given = node.get("logicalTypeOptions") or {}
    if node.get("logicalType") not in types:
        return {}
    return {ours: given[theirs] for theirs, ours in names.items() if theirs in given}


Sentence = Callable[[Rule], tuple[str, str]]
"""English and Chinese description of what must hold; never a cell value."""


@dataclass(frozen=True)
class Kind:
    """What one kind of rule is, whatever engine runs it.

    judge       table kinds that fit into the one fused pass: the finding from the aggregates of the body.
    """

    name: str
    level: Level
    severity: Severity
    dimension: str
    summary: tuple[str, str] = ("", "")
    """What it demands, in English and Chinese, for people who choose a kind."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    columns: Literal["one", "many", "none"] = "one"
    sentence: Sentence = lambda rule: (rule.kind, rule.kind)
    reads: Callable[[Mapping[str, Any]], tuple[str, ...]] = lambda parameters: ()
    judge: Callable[[Any, Mapping[str, Any]], Finding] | None = None
    verify: Callable[[Rule, Mapping[str, Column]], None] | None = None
    """Raises `parameter_invalid` for parameters that do not fit together."""
    operator: bool = False
    """Whether it compares its answer by an ODCS operator (`mustBe` …)."""
    pandera: str = ""
    """Name of the registered check; `gavel_` + kind where empty."""
    metric: Metric | None = None
    implied: ImpliedBy | None = None
    default_columns: Callable[[Mapping[str, Column]], tuple[str, ...]] = lambda columns: ()
    """Columns judged where none are named and it stands under no property."""
    under_property: bool = False
    """Of `columns="none"`: under a property it still speaks of that column."""
    holds: Callable[[Rule, int, int], bool] | None = None
    """Row kinds with a bound of their own: (rule, failing, checked) → whether it passes, tolerance apart."""
    needs_previous: Callable[[Mapping[str, Any]], bool] = lambda parameters: False
    """Whether it compares with the previous version, so that a first version cannot be judged by it."""
    opens_gate: Callable[[Rule], bool] = lambda rule: False
    """Whether it keeps an empty table out by itself, in place of `rows_present` (§1.1, last row)."""
    shows_value: Callable[[Rule], bool] = lambda rule: False
    """Whether `observed` is a cell's value, so that it is masked like one (§5.3)."""
    judges_nested: bool = False

    @property
    def check_name(self) -> str:
        """Name of the Pandera check registered for this kind."""
        return self.pandera or f"gavel_{self.name}"


@dataclass(frozen=True)
class PolarsBody:
    """How a kind is judged on Polars. Row kinds say which rows are right; table kinds what they measured.

    ok          row kinds: Boolean expression over the prepared frame: True, False, or null = not checked.
    builtin     row kinds with a Pandera built-in: (name, arguments), or None to use the registered gavel
                check.
    checked     row kinds with `failing`: which rows are checked.
    failing     row kinds that need more than one row: frame → rows (`_gavel_row`) that fail.
    aggregates  table kinds that fit into the one fused pass: name → aggregate over the selected rows.
    measure     table kinds that read the frame in a way of their own.
    stock       row kinds that no expression over the frame says: a Pandera check. Stock Pandera runs it,
                slower and with an answer for every row in memory, and the report says so (`stock: NAME`).
    cheaper     row kinds: an expression that says the same as `ok` or the built-in at less cost, for the
                fused pass; None where there is none. Stock Pandera keeps the plain one: tests compare them.
    key         row kinds whose rows fail where a key occurs again: the parts of the key, or None.
    covers      of such kinds: whether each row the second rule fails is failed by the first one too.
    """

    ok: Callable[[Bound], pl.Expr] | None = None
    builtin: Callable[[Bound], tuple[str, Mapping[str, Any]] | None] | None = None
    checked: Callable[[Bound], pl.Expr] | None = None
    failing: Callable[[Bound, pl.LazyFrame], pl.LazyFrame] | None = None
    aggregates: Callable[[Bound], Mapping[str, pl.Expr]] | None = None
    measure: Callable[[Bound, pl.LazyFrame], Finding] | None = None
    stock: Callable[[Bound], Any] | None = None
    cheaper: Callable[[Bound], pl.Expr | None] = lambda bound: None
    key: Callable[[Bound], list[pl.Expr] | None] = lambda bound: None
    covers: Callable[[Bound, Bound], bool] = lambda first, second: False


_REGISTRY: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Add a kind; each module under `kinds/` does so once."""
    if kind.name in _REGISTRY:
        raise ValueError(f"kind {kind.name} is registered twice")
    _REGISTRY[kind.name] = kind
    return kind


def registry() -> Mapping[str, Kind]:
    """All kinds by name."""
    return _REGISTRY


@cache
def polars_body(kind: str) -> PolarsBody:
    """The body of a kind on Polars, loaded from its folder."""
    body: PolarsBody = import_module(f"governance.validation.kinds.{kind}.on_polars").BODY
    return body
