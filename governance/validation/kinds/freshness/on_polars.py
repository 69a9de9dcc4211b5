"""`freshness` on Polars."""

from __future__ import annotations

from governance.validation.kinds.base import PolarsBody
from governance.validation.kinds.freshness import newest

BODY = PolarsBody(aggregates=newest)
