"""A compiled standard run by Pandera alone, as a witness against the engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError

from governance.validation.engine import Report, ValidationRequest
from governance.validation.engine.opening import open_all
from governance.validation.kinds.base import Resources
from governance.validation.pandera_form import says_not_nullable, schema_of
from governance.validation.standard import CompiledStandard, compile_standard


def stock(compiled: CompiledStandard, frame: pl.DataFrame, resources: Resources) -> dict[str, int]:
    """Rule id → failing rows (a table rule: not 0 where it fails), by `schema.validate`.

    Check by check: Pandera 0.35 breaks while it writes down failure cases of several types in one report.
    """
    found: dict[str, int] = {}
    for schema in _single(schema_of(compiled, resources)):
        try:
            with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
                schema.validate(frame)
        except SchemaError as error:
            name = getattr(error.check, "name", None) or f"{error.schema.name}.{error.check}"
            found[name] = len(error.failure_cases) if isinstance(error.failure_cases, pl.DataFrame) else 1
    return found


def _single(schema: pa.DataFrameSchema) -> Iterator[pa.DataFrameSchema]:
    """The schema as one schema per check."""
    for name, column in schema.columns.items():
        yield pa.DataFrameSchema({name: pa.Column(column.dtype, nullable=column.nullable)})
        for check in column.checks:
            yield pa.DataFrameSchema({name: pa.Column(column.dtype, checks=[check], nullable=True)})
    for check in schema.checks:
        yield pa.DataFrameSchema(checks=[check])


def assert_stock_agrees(request: ValidationRequest, report: Report) -> None:
    """Every rule that was judged fails the same rows, or as a table fails too."""
    compiled = compile_standard(request.standard, request.object_name)
    with ExitStack() as stack:
        opened = open_all(request, compiled, stack)
        by_pandera = stock(compiled, opened.seen.frame.collect(), opened.resources)
    for item in report.outcomes:
        rule = item.rule
        if item.verdict == "errored" or rule.kind == "columns":
            continue
        name = f"{rule.columns[0]}.not_nullable" if says_not_nullable(rule, compiled.columns) else rule.id
        if rule.level == "row" and rule.kind != "referential_both":
            assert by_pandera.get(name, 0) == item.failing_rows, (rule.id, rule.kind, dict(rule.written))
        elif rule.level == "table":
            assert (name in by_pandera) == (item.verdict == "failed"), (
                rule.id,
                rule.kind,
                dict(rule.written),
            )
