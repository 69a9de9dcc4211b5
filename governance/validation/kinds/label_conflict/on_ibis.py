"""`label_conflict` on ibis."""

from __future__ import annotations

from governance.validation.kinds.functional_dependency.on_ibis import conflicting
from governance.validation.kinds.ibis_base import IbisBody
from governance.validation.kinds.ibis_keys import key_helpers

BODY = IbisBody(
    helpers=lambda bound: key_helpers(bound, (*bound["key"], bound["label"]), bound["normalise"]),
    checked=lambda bound: bound.keyed((*bound["key"], bound["label"])),
    failing=lambda bound: conflicting(bound, bound["key"], (bound["label"],), "all"),
)
