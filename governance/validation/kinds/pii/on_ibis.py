"""`pii` on ibis: judged by Polars, batch by batch."""

from __future__ import annotations

from governance.validation.kinds.ibis_base import of_polars

BODY = of_polars("pii")
