"""`referential_both` on ibis."""

from __future__ import annotations

from governance.validation.kinds.base import Finding
from governance.validation.kinds.foreign_key.on_ibis import checked, failing, parents
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_keys import key_helpers, unknown
from governance.validation.kinds.referential_both import of_parents


def measure(bound: IbisBound) -> Finding:
    """The parents' side: distinct parent keys that no selected row names."""
    keys = parents(bound)
    names = bound.rule.columns
    used = bound.filtered.select({str(place): bound.table[name] for place, name in enumerate(names)})
    orphans = unknown(keys, keys.columns, used)
    counted = keys.aggregate(known=keys.count()).cross_join(orphans.aggregate(unmatched=orphans.count()))
    known, unmatched = bound.fetch(counted).row(0)
    return of_parents(bound.polars, int(unmatched), int(known))


BODY = IbisBody(
    helpers=lambda bound: key_helpers(bound, bound.rule.columns, ()),
    checked=checked,
    failing=failing,
    measure=measure,
)
