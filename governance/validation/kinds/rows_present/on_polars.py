"""`rows_present` on Polars."""

from __future__ import annotations

from governance.validation.kinds.base import PolarsBody
from governance.validation.kinds.row_count.on_polars import count

BODY = PolarsBody(aggregates=count)
