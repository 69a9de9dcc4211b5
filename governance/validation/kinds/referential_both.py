"""`referential_both`: no child without a parent, and not too many parents without a child (standard-rules
§4)."""

from __future__ import annotations

from typing import Any

import polars as pl

from governance.validation.kinds.base import Bound, Finding, Kind, register
from governance.validation.kinds.foreign_key import KEY_PARAMETERS, ok, parents, verify
from governance.validation.kinds.keys import key_parts
from governance.validation.kinds.parameters import Parameter, Place, bad, percent, whole
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule, Tolerance


def parent_tolerance(value: Any, place: Place) -> Tolerance:
    """`{rows: n}` or `{percent: p}` of distinct parent keys."""
    if not isinstance(value, dict) or len(value) != 1 or set(value) - {"rows", "percent"}:
        raise bad(place, "parent_tolerance", "is {rows: n} or {percent: p}", "应为 {rows: n} 或 {percent: p}")
    if "rows" in value:
        return Tolerance(rows=whole(0)(value["rows"], place))
    return Tolerance(percent=percent(value["percent"], place))


def measure(bound: Bound, frame: pl.LazyFrame) -> Finding:
    """The parents' side: distinct parent keys that no selected row names."""
    known = parents(bound)
    parts = key_parts(bound, bound.rule.columns)
    used = bound.filtered(frame).select(parts).drop_nulls().unique().collect(engine="streaming")
    children = used.to_series() if len(parts) == 1 else used.to_struct("key")
    unmatched = len(known) - int(known.is_in(children.implode()).sum())
    holds = bound["parent_tolerance"].holds(unmatched, len(known))
    return Finding(holds, details={"unmatched_parents": unmatched})


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    target = f"{rule.parameters['reference']}({', '.join(rule.parameters['reference_columns'])})"
    en, zh = names_en(rule.columns), names_zh(rule.columns)
    return f"{en} and {target} hold the same keys", f"{zh} 与 {target} 的键须相互对应"


register(
    Kind(
        name="referential_both",
        level="row",
        severity="major",
        dimension="consistency",
        columns="many",
        parameters={**KEY_PARAMETERS, "parent_tolerance": Parameter(parent_tolerance, Tolerance(rows=0))},
        sentence=sentence,
        ok=ok,
        measure=measure,
        verify=verify,
        pandera="gavel_fk_both",
    )
)
