"""`referential_both`: no child without a parent, and not too many parents without a child (standard-rules
§4)."""

from __future__ import annotations

from typing import Any

from governance.validation.kinds.base import Bound, Finding, Kind, register
from governance.validation.kinds.foreign_key import KEY_PARAMETERS, verify
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


def of_parents(bound: Bound, unmatched: int, known: int) -> Finding:
    """Distinct parent keys without a child among all of them, against `parent_tolerance`."""
    return Finding(
        bound["parent_tolerance"].holds(unmatched, known), details={"unmatched_parents": unmatched}
    )


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    target = f"{rule.parameters['reference']}({', '.join(rule.parameters['reference_columns'])})"
    en, zh = names_en(rule.columns), names_zh(rule.columns)
    return f"{en} and {target} hold the same keys", f"{zh} 与 {target} 的键须相互对应"


register(
    Kind(
        name="referential_both",
        summary=("Keys are found in a reference, and the other way round", "双方的键须互相存在"),
        level="row",
        severity="major",
        dimension="consistency",
        columns="many",
        parameters={**KEY_PARAMETERS, "parent_tolerance": Parameter(parent_tolerance, Tolerance(rows=0))},
        sentence=sentence,
        verify=verify,
        pandera="gavel_fk_both",
    )
)
