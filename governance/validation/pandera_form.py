"""Rules as Pandera checks, a compiled standard as an ordinary `pandera.polars` schema (standard-rules §4,
§7.1).

Every kind has a check registered with Pandera under `gavel_…`; where a Pandera built-in says the same,
that is used.
The fused engine takes its expressions from these very checks, so there is one body per rule.

Written against pandera 0.35. Private names used: `Check._check_fn`, `Check._check_kwargs`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pandera.backends.polars.builtin_checks  # noqa: F401 - registers the built-ins for polars
import pandera.polars as pa
import polars as pl
from pandera.api.checks import Check
from pandera.api.polars.types import PolarsData
from pandera.backends.polars.register import register_polars_backends

from governance.validation.casts import value_type
from governance.validation.errors import Unjudgeable
from governance.validation.kinds import registry
from governance.validation.kinds.base import ROW, Bound, Finding, Kind, Resources, polars_body
from governance.validation.model import Column, NotBound, Rule
from governance.validation.pandera_native import row_expr
from governance.validation.pandera_words import says_not_nullable
from governance.validation.standard.compiling import CompiledStandard

register_polars_backends()

_WIDE = (pl.Int128, pl.UInt128)


class NotFusable(Exception):
    """The check does more than select one expression."""


class _Captured(list[pl.Expr]):
    """What a check selected, instead of a frame."""


class _Recorder:
    """Stands in for the LazyFrame of a check and keeps the expression it selects."""

    def select(self, *expressions: pl.Expr) -> _Captured:
        return _Captured(expressions)

    def __getattr__(self, name: str) -> Any:
        raise NotFusable(name)


def finding_of(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """What a table rule finds in a frame, by itself."""
    kind, body = registry()[bound.rule.kind], polars_body(bound.rule.kind)
    if body.measure is not None:
        return body.measure(bound, frame)
    if body.aggregates is None:
        raise NotBound
    if kind.judge is None:
        raise NotBound
    wanted = [expr.alias(name) for name, expr in body.aggregates(bound).items()]
    values = frame.select(wanted).collect(engine="streaming").row(0, named=True) if wanted else {}
    return kind.judge(bound, values)


def check_of(bound: Bound) -> Check:
    """The Pandera check of a bound rule; raises Unjudgeable."""
    kind, body = registry()[bound.rule.kind], polars_body(bound.rule.kind)
    if body.stock is not None:
        own: Check = body.stock(bound)
        return own
    if body.builtin is not None and bound.rule.where is None:
        found = body.builtin(bound)
        if found is not None:
            name, arguments = found
            built: Check = getattr(Check, name)(**arguments, name=bound.rule.id)
            return built
    check: Check = Check.from_builtin_check_name(
        kind.check_name, {"name": bound.rule.id}, error=kind.check_name, bound=bound
    )
    return check


def form_of(rule: Rule, check: Check | None) -> str:
    """The Pandera form as the report names it."""
    kind = registry()[rule.kind]
    if check is None:
        return kind.check_name
    name = getattr(check._check_fn, "__name__", kind.check_name)
    return str(name)


def captured(check: Check, column: str) -> pl.Expr:
    """The Boolean expression Pandera would run; raises NotFusable."""
    function = check._check_fn
    name = getattr(function, "__name__", "")
    if Check.is_builtin_check(name):  # schemas hold copies of the dispatcher; reload as Check.__call__ does
        function = Check.get_builtin_check_fn(name)
    found = function(PolarsData(cast(pl.LazyFrame, _Recorder()), column), **check._check_kwargs)
    if not isinstance(found, _Captured) or len(found) != 1:
        raise NotFusable(name)
    return found[0]


def schema_of(compiled: CompiledStandard, resources: Resources | None = None) -> pa.DataFrameSchema:
    """A stock schema for a frame made by `engine.preparing.prepare`.

    Without resources the rules about other data sets are left out, and the clock stands at the epoch.
    """
    resources = resources or plain_resources(compiled)
    columns: dict[str, list[Check]] = {name: [] for name in compiled.columns}
    whole: list[Check] = []
    required: set[str] = set()
    for rule in compiled.rules:
        if rule.unsupported:
            continue
        try:
            check = check_of(Bound(rule, compiled.columns, resources))
            captured_or_table(rule, check)
        except Unjudgeable:
            continue
        if says_not_nullable(rule, compiled.columns):
            required.add(rule.columns[0])
            continue
        single = rule.level == "row" and len(rule.columns) == 1
        (columns[rule.columns[0]] if single else whole).append(check)
    return pa.DataFrameSchema(
        {
            name: pa.Column(
                stored_type(column),
                checks=columns[name],
                nullable=name not in required,
                required=not column.optional,
            )
            for name, column in compiled.columns.items()
            if column.physical_name in resources.table_columns
        },
        checks=whole,
        strict=False,
    )


def captured_or_table(rule: Rule, check: Check) -> None:
    """Raise Unjudgeable now for what the check would raise when it runs."""
    body = polars_body(rule.kind)
    if rule.level == "row" and body.failing is None and body.stock is None:
        captured(check, rule.columns[0] if rule.columns else "*")


def stored_type(column: Column) -> pl.DataType | None:
    """Type of the prepared column; None where pandera.polars 0.35 has no such type."""
    if column.is_nested:
        return None
    dtype: pl.DataType = pl.String() if column.is_text else value_type(column.logical, pl.String())
    return None if dtype in _WIDE else dtype


def plain_resources(compiled: CompiledStandard) -> Resources:
    """Resources that know the standard only: every column is there, as text."""
    return Resources(
        now=datetime.fromtimestamp(0, tz=UTC),
        timezone=compiled.form.timezone,
        table_columns=compiled.form.physical_names,
        physical={name: pl.String() for name in compiled.columns},
        table_name=compiled.form.name,
    )


def _body(kind: Kind) -> Callable[..., Any]:
    def run(data: PolarsData, bound: Bound) -> Any:
        own = polars_body(bound.rule.kind)
        if bound.rule.level == "table":
            return finding_of(bound, data.lazyframe).ok
        if own.failing is None:
            return data.lazyframe.select(row_expr(bound))
        if own.checked is None:
            raise NotBound
        wrong = own.failing(bound, data.lazyframe).select(ROW).collect(engine="streaming").to_series()
        return data.lazyframe.select(pl.when(own.checked(bound)).then(~pl.col(ROW).is_in(wrong.implode())))

    run.__name__ = kind.check_name
    run.__annotations__ = {"data": PolarsData, "bound": Bound, "return": Any}
    return run


for _kind in registry().values():
    if not Check.is_builtin_check(_kind.check_name):
        Check.register_builtin_check_fn(_body(_kind))
