"""`rows_present` on ibis."""

from __future__ import annotations

from governance.validation.kinds.ibis_base import IbisBody
from governance.validation.kinds.row_count.on_ibis import count

BODY = IbisBody(aggregates=count)
