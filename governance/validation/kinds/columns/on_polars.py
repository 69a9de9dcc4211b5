"""`columns` on Polars."""

from __future__ import annotations

from governance.validation.kinds.base import PolarsBody

BODY = PolarsBody(aggregates=lambda bound: {})
