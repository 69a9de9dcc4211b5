"""`columns` on ibis."""

from __future__ import annotations

from governance.validation.kinds.ibis_base import IbisBody

BODY = IbisBody(aggregates=lambda bound: {})
