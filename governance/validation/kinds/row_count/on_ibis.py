"""`row_count` on ibis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from governance.validation.kinds.ibis_base import IbisBody, IbisBound

if TYPE_CHECKING:
    import ibis.expr.types as ir


def count(bound: IbisBound) -> Mapping[str, ir.Scalar]:
    """Rows the `where` selects."""
    return {"rows": bound.table.count(where=bound.selected).fill_null(0)}


BODY = IbisBody(aggregates=count)
