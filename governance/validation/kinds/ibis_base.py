"""What a rule's body on ibis (Spark) is, and what it may ask of the prepared table.

The prepared table is a Spark view made on the executors, batch by batch, by the very Polars expressions of
the embedded engine: per column P the typed `P` (null where missing or uncastable), `_gavel_missing_P` and
`_gavel_uncastable_P`; `_gavel_row`; and the *helper* columns the rules ask for, which alone see the stored
cells. So the cast grammar, predicates and everything about text have one implementation; what is counted,
grouped, ordered and joined is written in ibis and runs as Spark SQL.

Spark has no time of day: a `time` is the Int64 of its nanoseconds since midnight there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from importlib import import_module
from operator import and_
from typing import TYPE_CHECKING, Any

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import MISSING, UNCASTABLE, Bound, Finding, Resources
from governance.validation.model import Column, Rule

if TYPE_CHECKING:
    import ibis.expr.types as ir

HELPER = "_gavel_helper_"
SELECTED = "selected"


@dataclass(frozen=True)
class IbisSource:
    """Another data set: a reference or the previous version, prepared on Spark like the judged table.

    `typed_like(names, like, steps)` gives columns `0`, `1`, … typed as the judged columns, text normalised by
    the steps; it raises Unjudgeable `column_missing`, `type_mismatch`. `prepared(reads)` gives the prepared
    table; the `where` of the rule is worked out there too.
    """

    rows: int
    typed_like: Callable[[tuple[str, ...], tuple[Column, ...], tuple[str, ...]], ir.Table]
    prepared: Callable[[tuple[str, ...]], ir.Table]


@dataclass(frozen=True)
class IbisBound:
    """A rule bound to one prepared ibis table. `polars` is the same rule bound for the embedded engine."""

    polars: Bound
    table: ir.Table
    fetch: Callable[[ir.Table], pl.DataFrame]
    """Runs a small, aggregated table; exact values, a `time` as the Int64 it is."""
    sources: Mapping[str, IbisSource] = field(default_factory=dict)
    before: IbisSource | None = None
    sql: Callable[[str], Any] | None = None
    """Runs one checked SELECT in Spark's dialect over the views of the tables it names; one value."""

    @property
    def rule(self) -> Rule:
        """The rule."""
        return self.polars.rule

    @property
    def columns(self) -> Mapping[str, Column]:
        """Declared columns."""
        return self.polars.columns

    @property
    def resources(self) -> Resources:
        """The same plain data as on Polars."""
        return self.polars.resources

    @property
    def column(self) -> Column:
        """The one column the rule judges."""
        return self.polars.column

    def __getitem__(self, parameter: str) -> Any:
        return self.rule.parameters[parameter]

    @property
    def value(self) -> ir.Column:
        """Typed value of the one column; null where missing or uncastable."""
        return self.table[self.rule.columns[0]]

    def missing(self, name: str) -> ir.BooleanColumn:
        """§2.3; never null."""
        return self.table[MISSING + name]

    def uncastable(self, name: str) -> ir.BooleanColumn:
        """§2.4; never null."""
        return self.table[UNCASTABLE + name]

    def helper(self, name: str, table: ir.Table | None = None) -> ir.Column:
        """A column worked out by Polars while the table was prepared; see `IbisBody.helpers`."""
        return (self.table if table is None else table)[helper_name(self.rule, name)]

    @property
    def selected(self) -> ir.BooleanColumn | None:
        """Rows the `where` selects (never null); None where there is no `where`."""
        return None if self.rule.where is None else self.helper(SELECTED)

    @property
    def filtered(self) -> ir.Table:
        """The table without the rows the `where` leaves out."""
        return self.table if self.selected is None else self.table.filter(self.selected)

    def keyed(self, names: tuple[str, ...]) -> ir.BooleanValue:
        """Rows where every named column holds a value, among the selected ones."""
        full = reduce(and_, [self.table[name].notnull() for name in names])
        return full if self.selected is None else full & self.selected

    def source(self, name: str) -> IbisSource:
        """A reference; raises Unjudgeable `reference_missing`."""
        if name not in self.sources:
            raise Unjudgeable("reference_missing")
        return self.sources[name]

    def previous(self) -> IbisSource:
        """The previous version; raises Unjudgeable `previous_missing`."""
        if self.before is None:
            raise Unjudgeable("previous_missing")
        return self.before


@dataclass(frozen=True)
class IbisBody:
    """How a kind is judged on ibis; the fields mean what they mean in `PolarsBody`.

    helpers     Polars expressions over the prepared frame, worked out per batch on the executors (a
                vectorised UDF); each becomes a column that `bound.helper(name)` gives. The `where` is one by
                itself.
    builtin     row kinds: a built-in of pandera.ibis that says the same, or None; not asked under a `where`.
    ok          row kinds: True, False, or null = not checked; None where this very rule needs `failing`.
    checked     row kinds with `failing`: which rows are checked.
    failing     row kinds that need more than one row: the rows of the prepared table that fail.
    aggregates  table kinds that fit into the one fused query; judged by `Kind.judge`. None where this very
                rule needs `measure`.
    measure     table kinds that run queries of their own.
    """

    helpers: Callable[[Bound], Mapping[str, pl.Expr]] = lambda bound: {}
    builtin: Callable[[Bound], tuple[str, Mapping[str, Any]] | None] | None = None
    ok: Callable[[IbisBound], ir.BooleanValue | None] | None = None
    checked: Callable[[IbisBound], ir.BooleanValue] | None = None
    failing: Callable[[IbisBound], ir.Table] | None = None
    aggregates: Callable[[IbisBound], Mapping[str, ir.Scalar] | None] | None = None
    measure: Callable[[IbisBound], Finding] | None = None


def helper_name(rule: Rule, name: str) -> str:
    """Name of a helper column in the prepared table."""
    return f"{HELPER}{rule.id}_{name}"


def of_polars(kind: str) -> IbisBody:
    """A body whose whole judgement is the Polars expression, worked out per batch: for rules about text."""
    from governance.validation.kinds.base import polars_body

    def judged(bound: Bound) -> Mapping[str, pl.Expr]:
        right = polars_body(kind).ok
        return {} if right is None else {"ok": right(bound)}

    return IbisBody(helpers=judged, ok=lambda bound: bound.helper("ok"))


@cache
def ibis_body(kind: str) -> IbisBody:
    """The body of a kind on ibis, loaded from its folder."""
    body: IbisBody = import_module(f"governance.validation.kinds.{kind}.on_ibis").BODY
    return body
