"""`completeness` on Polars."""

from __future__ import annotations

from governance.validation.kinds.base import PolarsBody
from governance.validation.kinds.missing_values.on_polars import absent

BODY = PolarsBody(ok=lambda bound: ~absent(bound))
