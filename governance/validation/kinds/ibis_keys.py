"""Keys of several columns on ibis: normalised by Polars, grouped and joined by Spark (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound
from governance.validation.kinds.ibis_base import IbisBound
from governance.validation.text import normalise_expr

if TYPE_CHECKING:
    import ibis.expr.types as ir


def key_helpers(bound: Bound, names: Sequence[str], steps: tuple[str, ...]) -> Mapping[str, pl.Expr]:
    """The text parts of a key, normalised; raises Unjudgeable `unsupported_type`."""
    if any(bound.columns[name].is_nested for name in names):
        raise Unjudgeable("unsupported_type")
    return {
        f"key{place}": normalise_expr(pl.col(name), steps)
        for place, name in enumerate(names)
        if steps and bound.columns[name].is_text
    }


def key_names(bound: IbisBound, names: Sequence[str], steps: tuple[str, ...] = ()) -> list[str]:
    """The columns of the prepared table that hold the parts of a key."""
    return [
        bound.helper(f"key{place}").get_name() if steps and bound.columns[name].is_text else name
        for place, name in enumerate(names)
    ]


def is_full(table: ir.Table, names: Sequence[str]) -> ir.BooleanValue:
    """Rows where every part is there."""
    return reduce(and_, [table[name].notnull() for name in names])


def is_partial(table: ir.Table, names: Sequence[str]) -> ir.BooleanValue:
    """Rows where some part is there."""
    return reduce(or_, [table[name].notnull() for name in names])


def other_keys(
    bound: IbisBound, reference: str, names: tuple[str, ...], steps: tuple[str, ...] = ()
) -> ir.Table:
    """Distinct complete keys of a reference as `0`, `1`, …; raises Unjudgeable."""
    like = tuple(bound.columns[name] for name in bound.rule.columns)
    table = bound.source(reference).typed_like(names, like, steps)
    parts = [str(place) for place in range(len(names))]
    return table.select(*parts).filter(is_full(table, parts)).distinct()


def known(rows: ir.Table, names: Sequence[str], keys: ir.Table) -> ir.Table:
    """The rows whose key is among the keys."""
    return rows.semi_join(keys, [rows[name] == keys[str(place)] for place, name in enumerate(names)])


def unknown(rows: ir.Table, names: Sequence[str], keys: ir.Table) -> ir.Table:
    """The rows whose key is not among the keys; so are keys with a missing part."""
    return rows.anti_join(keys, [rows[name] == keys[str(place)] for place, name in enumerate(names)])


def repeated(rows: ir.Table, names: Sequence[str]) -> ir.Table:
    """The rows whose key occurs more than once; missing equals missing."""
    counts = rows.group_by({str(place): rows[name] for place, name in enumerate(names)}).aggregate(
        n=rows.count()
    )
    again = counts.filter(counts["n"] > 1)
    return rows.semi_join(
        again, [rows[name].identical_to(again[str(place)]) for place, name in enumerate(names)]
    )
