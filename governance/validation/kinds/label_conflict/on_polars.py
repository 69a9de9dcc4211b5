"""`label_conflict` on Polars."""

from __future__ import annotations

from governance.validation.kinds.base import PolarsBody
from governance.validation.kinds.functional_dependency.on_polars import conflicting

BODY = PolarsBody(
    checked=lambda bound: bound.keyed((*bound["key"], bound["label"])),
    failing=lambda bound, frame: conflicting(bound, frame, bound["key"], (bound["label"],), "all"),
)
