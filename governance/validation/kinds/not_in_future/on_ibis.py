"""`not_in_future` on ibis."""

from __future__ import annotations

from governance.validation.kinds.ibis_base import IbisBody
from governance.validation.kinds.ibis_comparing import compare_literal
from governance.validation.kinds.not_in_future import on_polars

BODY = IbisBody(
    builtin=on_polars.builtin,
    ok=lambda bound: compare_literal(bound.value, "le", on_polars.latest(bound.polars), bound.column.logical),
)
