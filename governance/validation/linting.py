"""`lint`: all warnings of a compiled standard, its examples included (standard-rules §1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from governance.validation.engine.binding import bind
from governance.validation.engine.preparing import prepare
from governance.validation.kinds.base import ROW, Resources
from governance.validation.reading import RawTable
from governance.validation.scalars import source_text
from governance.validation.standard import Column, CompiledStandard, StandardWarning


def lint(compiled: CompiledStandard, now: datetime) -> tuple[StandardWarning, ...]:
    """Import warnings, rule warnings and `example_violates`; `now` is the clock of time rules."""
    return (*compiled.warnings, *_examples(compiled, now))


def _examples(compiled: CompiledStandard, now: datetime) -> Iterator[StandardWarning]:
    for column in compiled.columns.values():
        cells = [source_text(item) for item in column.examples if isinstance(item, str | int | float)]
        if not cells or column.is_nested:
            continue
        for rule_id in _violated(compiled, column, cells, now):
            yield StandardWarning(
                "example_violates",
                f"An example of {column.name} breaks the rule {rule_id}.",
                f"{column.name} 的示例违反规则 {rule_id}。",
                f"{column.pointer}/examples",
            )


def _violated(compiled: CompiledStandard, column: Column, cells: list[str], now: datetime) -> Iterator[str]:
    """The row rules of the property alone, run on its examples as if they were a CSV column."""
    name = column.physical_name
    texts = pl.Series(name, [cell or None for cell in cells], dtype=pl.String)
    rows = pl.Series(ROW, range(1, len(cells) + 1), dtype=pl.Int64)
    frame = pl.DataFrame([rows, texts]).lazy()
    table = RawTable(frame, (name,), {name: pl.String()}, "csv", "", len(cells))
    seen = prepare(table, {column.name: column})
    resources = Resources(
        now=now, timezone=compiled.form.timezone, table_columns=(name,), physical=seen.physical
    )
    for rule in compiled.rules:
        if rule.level != "row" or rule.reads != (column.name,):
            continue
        facts = bind(rule, compiled.columns, resources)
        if facts.expr is not None and facts.judged:
            wrong = seen.frame.select((~facts.expr).any()).collect().item()
            if wrong:
                yield rule.id
