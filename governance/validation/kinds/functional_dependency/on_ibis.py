"""`functional_dependency` on ibis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_keys import key_helpers, key_names, known

if TYPE_CHECKING:
    import ibis.expr.types as ir


def conflicting(
    bound: IbisBound, determinant: tuple[str, ...], dependent: tuple[str, ...], report: str
) -> ir.Table:
    """Rows of a determinant key with two or more dependents; `minority` spares the one most frequent."""
    names = key_names(bound, (*determinant, *dependent), bound["normalise"])
    places = [str(place) for place in range(len(names))]
    keys = places[: len(determinant)]
    rows = bound.table.filter(bound.keyed((*determinant, *dependent)))
    pairs = rows.group_by(dict(zip(places, [rows[name] for name in names], strict=True))).aggregate(
        n=rows.count()
    )
    split = pairs.group_by(keys).aggregate(variants=pairs.count(), most=pairs["n"].max())
    split = split.filter(split["variants"] > 1)
    if report == "all":
        return known(rows, names[: len(determinant)], split)
    leaders = pairs.inner_join(split, keys)
    first = leaders.filter(leaders["n"] == leaders["most"])
    ahead = first.group_by(keys).aggregate(leaders=first.count())
    wrong = leaders.inner_join(ahead, keys)
    wrong = wrong.filter((wrong["n"] < wrong["most"]) | (wrong["leaders"] > 1))
    return known(rows, names, wrong)


BODY = IbisBody(
    helpers=lambda bound: key_helpers(
        bound, (*bound["determinant"], *bound["dependent"]), bound["normalise"]
    ),
    checked=lambda bound: bound.keyed((*bound["determinant"], *bound["dependent"])),
    failing=lambda bound: conflicting(bound, bound["determinant"], bound["dependent"], bound["report"]),
)
