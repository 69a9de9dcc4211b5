"""What cannot be fused: a check that no one expression says is run by stock Pandera, by itself.

It is slower and holds the check's answer for every row; the report says so in `pandera` (`stock: NAME`).
"""

from __future__ import annotations

import polars as pl
from pandera.api.checks import Check
from pandera.constants import CHECK_OUTPUT_KEY

from governance.validation.kinds.base import ROW


def stock_answer(check: Check, frame: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """`_gavel_row` and the column `ok`: True, False, or null where Pandera ignores the row as missing."""
    whole = frame.collect(engine="streaming")
    check.ignore_na, ignored = False, check.ignore_na
    try:
        answer = check(whole.lazy(), column).check_output.collect().get_column(CHECK_OUTPUT_KEY)
    finally:
        check.ignore_na = ignored
    if len(answer) != whole.height:
        # One answer for the column or the frame: it holds for all rows, or for none.
        answer = answer.new_from_index(0, whole.height) if whole.height else answer.clear()
    missing = whole.get_column(column).is_null() if column in whole.columns else None
    if ignored and missing is not None:
        answer = pl.select(pl.when(~missing).then(answer)).to_series()
    return pl.DataFrame({ROW: whole.get_column(ROW), "ok": answer}).lazy()
