"""What an exported standard runs on, beside the rules' own functions. Written out into the exported file.

Nothing here may need more than polars, pandera and what `source` can copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.api.checks import Check
from pandera.api.polars.types import PolarsData
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from governance.validation.engine.preparing import Other, prepare
from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import ROW, Bound, Finding, Resources
from governance.validation.model import Column, Rule

REWRITTEN: dict[str, str | None] = {}
WHOLE_TABLE = "_gavel_table"


class Invalid(ValueError):
    """A value of the standard that cannot be read; the export has checked them all."""


def invalid(message: str, *details: object, **more: object) -> Invalid:
    """The error, in one language."""
    return Invalid(message)


def polars_pattern(pattern: str) -> str | None:
    """A pattern of the standard, rewritten for polars when this file was made; None where unsupported."""
    return REWRITTEN[pattern]


@dataclass(frozen=True)
class Table:
    """A raw table: text columns of a CSV, or stored columns of another file."""

    frame: pl.LazyFrame
    schema: pl.Schema

    @property
    def columns(self) -> tuple[str, ...]:
        """The header."""
        return tuple(name for name in self.schema if name != ROW)

    @property
    def rows(self) -> int:
        """Number of records."""
        return int(self.frame.select(pl.len()).collect().item())


@dataclass(frozen=True)
class Form:
    """Columns of another object of the standard, by which a reference of its name is read."""

    columns: Mapping[str, Column]


def table_of(raw: pl.LazyFrame | pl.DataFrame) -> Table:
    """The raw table with its record numbers from 1. On text columns `""` becomes null, as in a CSV."""
    frame = raw.lazy()
    schema = frame.collect_schema()
    if all(dtype == pl.String for dtype in schema.values()):
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    frame = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
    return Table(frame, frame.collect_schema())


def read_file(path: str, separator: str, encoding: str) -> pl.LazyFrame:
    """A CSV as text columns, or a Parquet file."""
    if path.endswith(".parquet"):
        return pl.scan_parquet(path)
    source: Any = path
    if encoding != "utf-8":
        source = Path(path).read_bytes().decode(encoding).encode()
    return pl.scan_csv(source, separator=separator, infer_schema=False)


def resources_of(
    table: Table,
    columns: Mapping[str, Column],
    forms: Mapping[str, Form],
    *,
    now: datetime,
    timezone: str,
    name: str,
    references: Mapping[str, pl.LazyFrame | pl.DataFrame],
    previous: pl.LazyFrame | pl.DataFrame | None,
) -> Resources:
    """Clock, header and the other data sets, as the rules ask for them."""
    stored = {column.physical_name: key for key, column in columns.items()}
    return Resources(
        now=now,
        timezone=timezone,
        references={key: Other(table_of(frame), forms.get(key)) for key, frame in references.items()},  # type: ignore[arg-type]
        previous=None if previous is None else Other(table_of(previous), forms[name]),  # type: ignore[arg-type]
        table_columns=table.columns,
        physical={stored[key]: dtype for key, dtype in table.schema.items() if key in stored},
        table_name=name,
        file_format="csv" if all(table.schema[key] == pl.String for key in table.columns) else "parquet",
    )


def prepared(raw: pl.LazyFrame | pl.DataFrame, columns: Mapping[str, Column]) -> pl.LazyFrame:
    """Typed columns by name, null where missing or uncastable, with what each raw cell was beside them."""
    return prepare(table_of(raw), columns).frame  # type: ignore[arg-type]


def check_of(
    bound: Bound,
    *,
    ok: Callable[[Bound], pl.Expr] | None = None,
    checked: Callable[[Bound], pl.Expr] | None = None,
    failing: Callable[[Bound, pl.LazyFrame], pl.LazyFrame] | None = None,
    aggregates: Callable[[Bound], Mapping[str, pl.Expr]] | None = None,
    judge: Callable[[Bound, Mapping[str, Any]], Finding] | None = None,
    measure: Callable[[Bound, pl.LazyFrame], Finding] | None = None,
    holds: Callable[[Rule, int, int], bool] | None = None,
) -> Check:
    """A rule as a Pandera check. A rule that cannot be judged fails, so that it is never taken for passed."""

    def run(data: PolarsData) -> Any:
        frame = data.lazyframe
        absent = [name for name in bound.rule.reads if name not in bound.resources.physical]
        if absent:  # of an optional column nothing is asked
            return all(bound.columns[name].optional for name in absent)
        try:
            right = row_verdicts(bound, frame, ok, checked, failing)
            finding = table_finding(bound, frame, aggregates, judge, measure)
        except Unjudgeable:
            return False
        if right is None:
            return finding is None or finding.ok
        verdicts = frame.select(right.alias("ok"))
        wrong, seen, rows = (
            verdicts.select((~pl.col("ok")).sum(), pl.col("ok").count().alias("seen"), pl.len().alias("rows"))
            .collect()
            .row(0)
        )
        if finding is not None and not finding.ok:
            return verdicts if wrong else False
        if passes(bound.rule, wrong, seen, rows, holds):
            return True
        return verdicts if wrong else False

    return RuleCheck(run, name=bound.rule.id, error=bound.rule.sentence_en or None)


class RuleCheck(Check):
    """A check whose failure about the table as a whole can stand beside failing rows.

    Pandera 0.35 reports a lone False as a Boolean, which it cannot put into one list with text.
    """

    @classmethod
    def get_backend(cls, check_obj: Any) -> Any:
        """As any check."""
        return Check.get_backend(check_obj)

    def __call__(self, check_obj: Any, column: str | None = None) -> Any:
        """The result, with a text where no row is to blame."""
        found = super().__call__(check_obj, column)
        if found.failure_cases is not None or found.check_passed.collect().item():
            return found
        return found._replace(failure_cases=pl.LazyFrame({WHOLE_TABLE: [self.name]}))


def repeated_rows(frame: pl.LazyFrame, parts: list[pl.Expr]) -> pl.LazyFrame:
    """Rows (`_gavel_row`) whose key occurs more than once. The platform does it in less memory."""
    names = [part.meta.output_name() for part in parts]
    return frame.select(ROW, *parts).filter(pl.struct(names).is_duplicated()).select(ROW)


def schema_of(
    columns: Mapping[str, pa.Column], checks: Sequence[Check], context: Resources, not_null: Mapping[str, str]
) -> pa.DataFrameSchema:
    """The schema for this header. Rules of a column that is not there stay, and fail."""
    lost: list[str] = []
    for name, column in columns.items():
        if name not in context.physical and column.required:
            lost += [str(check.name) for check in column.checks]
            lost += [rule for key, rule in not_null.items() if key == f"{name}.not_nullable"]
    present = {name: column for name, column in columns.items() if name in context.physical}
    return pa.DataFrameSchema(present, checks=[*checks, *(never(rule) for rule in lost)])


def never(rule: str) -> Check:
    """A rule that cannot be judged."""
    return RuleCheck(lambda data: False, name=rule, error="column_missing")


def row_verdicts(
    bound: Bound,
    frame: pl.LazyFrame,
    ok: Callable[[Bound], pl.Expr] | None,
    checked: Callable[[Bound], pl.Expr] | None,
    failing: Callable[[Bound, pl.LazyFrame], pl.LazyFrame] | None,
) -> pl.Expr | None:
    """True, False, or null = nothing to say, per row; None for a rule about the table."""
    if ok is not None:
        right = ok(bound)
        return right if bound.selected is None else pl.when(bound.selected).then(right)
    if failing is None or checked is None:
        return None
    wrong = failing(bound, frame).select(ROW).collect().to_series()
    return pl.when(checked(bound)).then(~pl.col(ROW).is_in(wrong.implode()))


def table_finding(
    bound: Bound,
    frame: pl.LazyFrame,
    aggregates: Callable[[Bound], Mapping[str, pl.Expr]] | None,
    judge: Callable[[Bound, Mapping[str, Any]], Finding] | None,
    measure: Callable[[Bound, pl.LazyFrame], Finding] | None,
) -> Finding | None:
    """What a rule about the table measured."""
    if measure is not None:
        return measure(bound, frame)
    if aggregates is None or judge is None:
        return None
    wanted = [expr.alias(name) for name, expr in aggregates(bound).items()]
    return judge(bound, frame.select(wanted).collect().row(0, named=True) if wanted else {})


def passes(
    rule: Rule, failing: int, checked: int, rows: int, holds: Callable[[Rule, int, int], bool] | None
) -> bool:
    """Threshold, bound of the kind and tolerance; without them no row may fail."""
    if rule.threshold is not None:
        if rule.threshold.unit != "percent":
            return rule.threshold.holds(failing)
        share = Fraction(100 * failing, rows) if rows else Fraction(0)
        first, last = (
            Fraction(operand) for operand in (rule.threshold.operands[0], rule.threshold.operands[-1])
        )
        return {
            "mustBe": share == first,
            "mustNotBe": share != first,
            "mustBeGreaterThan": share > first,
            "mustBeGreaterOrEqualTo": share >= first,
            "mustBeLessThan": share < first,
            "mustBeLessOrEqualTo": share <= first,
            "mustBeBetween": first <= share <= last,
            "mustNotBeBetween": not first <= share <= last,
        }[rule.threshold.operator]
    if rule.library:
        checked = rows
    enough = holds is None or holds(rule, failing, checked)
    if rule.tolerance is not None:
        return enough and rule.tolerance.holds(failing, checked)
    return enough if holds is not None else failing == 0


def invalid_ok(bound: Bound) -> pl.Expr:
    """`invalid_values`: not on the list, no match, uncastable, or against an option of the column."""
    right = ~bound.uncastable(bound.rule.columns[0])
    if bound["valid_values"] is not None:
        listed = pl.Series(list(bound["valid_values"]), dtype=bound["dtype"])
        right = right & bound.value.is_in(listed.implode()).fill_null(True)
    if bound["pattern"] is not None:
        bound.need_text()
        pattern = polars_pattern(bound["pattern"])
        if pattern is None:
            raise Unjudgeable("regex_unsupported")
        right = right & bound.value.str.contains(pattern).fill_null(True)
    for kind, ok, parameters in bound["options"]:
        rule = replace(bound.rule, kind=kind, parameters=parameters)
        right = right & ok(replace(bound, rule=rule)).fill_null(True)
    return right


def failures_of(
    schema: pa.DataFrameSchema, frame: pl.DataFrame, not_null: Mapping[str, str]
) -> dict[str, int | None]:
    """Rule → rows that fail it, None for a rule about the table; rules that hold are left out."""
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        found: dict[str, int | None] = {}
        for error in errors.schema_errors:
            name = getattr(error.check, "name", None) or f"{error.schema.name}.{error.check}"
            rule, cases = not_null.get(name, name), error.failure_cases
            counted = isinstance(cases, pl.DataFrame) and cases.columns != [WHOLE_TABLE]
            found[rule] = len(cases) if counted else None
        return found
    return {}
