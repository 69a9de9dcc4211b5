"""Rules of a standard on the working frame of a cleaning, for `drop_rows`."""

from __future__ import annotations

import polars as pl

from catalog.processing.steps.base import Surroundings, Work
from governance.validation.engine import failing_frame
from governance.validation.errors import Unjudgeable, invalid
from governance.validation.reading import ROW, RawTable


def failing_rows(work: Work, around: Surroundings, rule_id: str) -> pl.LazyFrame:
    """`_gavel_row` of the rows a row rule fails; raises `parameter_invalid` where it cannot be judged."""
    if around.standard is None:
        raise ValueError("a rule needs a standard")
    columns = work.columns
    table = RawTable(
        frame=work.frame.select(ROW, *columns),
        columns=columns,
        schema=dict(work.schema),
        format="csv",
        digest="",
        rows=work.rows,
    )
    try:
        failing = failing_frame(around.standard, table, rule_id, references=around.references, now=around.now)
    except Unjudgeable as error:
        raise invalid(
            f"The rule {rule_id} cannot be judged on this data.",
            f"规则 {rule_id} 无法在此数据上判断。",
            {"rule": rule_id, "reason": error.reason},
        ) from error
    return failing.select(pl.col(ROW).cast(pl.Int64))
