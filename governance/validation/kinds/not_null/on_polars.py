"""`not_null` on Polars."""

from __future__ import annotations

from governance.validation.kinds.base import PolarsBody

BODY = PolarsBody(ok=lambda bound: ~bound.missing(bound.rule.columns[0]))
