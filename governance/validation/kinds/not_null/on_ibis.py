"""`not_null` on ibis."""

from __future__ import annotations

from governance.validation.kinds.ibis_base import IbisBody

BODY = IbisBody(ok=lambda bound: ~bound.missing(bound.rule.columns[0]))
