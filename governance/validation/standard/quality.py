"""ODCS quality entries → drafts or kept texts (standard-rules §1.1, §1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.validation.errors import invalid
from governance.validation.kinds import registry
from governance.validation.kinds.parameters import OPERATORS, threshold_of
from governance.validation.model import NotExecuted, Severity, StandardWarning
from governance.validation.standard.drafts import Draft, severity_of, unknown_severity

_METRICS = {
    word: (name, kind.metric)
    for name, kind in registry().items()
    if kind.metric is not None
    for word in kind.metric.names
}
"""Library metrics by word: the kind each means, and how."""

Entry = Mapping[str, Any]
Read = Draft | NotExecuted


def read_quality(
    entry: Entry, pointer: str, prop: str | None, warnings: list[StandardWarning], nested: str | None = None
) -> Read:
    """One entry of a `quality` list; raises `parameter_invalid`."""
    severity = severity_of(entry.get("severity"))
    if severity is None and entry.get("severity") is not None:
        warnings.append(unknown_severity(f"{pointer}/severity"))
    kind = entry_type(entry)
    if kind == "library":
        found = _library(entry, pointer, prop, severity, nested)
        return found or _kept(entry, prop, "foreign_engine", severity, nested)
    if kind == "sql":
        return _sql(entry, pointer, prop, severity, nested)
    if kind == "custom" and str(entry.get("engine", "")).lower() == "gavel":
        return _gavel(entry, pointer, prop, severity, nested)
    return _kept(entry, prop, "text" if kind == "text" else "foreign_engine", severity, nested)


def entry_type(entry: Entry) -> str:
    """`type`, or what the other keys say; an entry that only describes is text."""
    if isinstance(entry.get("type"), str):
        return str(entry["type"])
    for key, kind in (("metric", "library"), ("rule", "library"), ("query", "sql"), ("engine", "custom")):
        if key in entry:
            return kind
    return "text"


def _kept(
    entry: Entry, prop: str | None, reason: str, severity: Severity | None, nested: str | None
) -> NotExecuted:
    label = entry.get("id") or entry.get("name") or entry.get("type") or "text"
    description = entry.get("description")
    return NotExecuted(
        id=f"{nested or prop or 'table'}.{label}",
        reason=reason,
        severity=severity,
        description=description if isinstance(description, str) else None,
    )


def _library(
    entry: Entry, pointer: str, prop: str | None, severity: Severity | None, nested: str | None
) -> Draft | None:
    metric = entry.get("metric", entry.get("rule"))
    if str(metric) not in _METRICS:
        return None  # v3.0 allows any word; it is kept and shown as an open question
    kind, meant = _METRICS[str(metric)]
    if meant.needs_column and prop is None:
        raise invalid(
            f"{metric} on the object names no column.", f"对象上的 {metric} 未指明列。", {"where": pointer}
        )
    if entry.keys().isdisjoint(OPERATORS) and "metric" not in entry:
        # As the examples of v3.0 write it: a null check alone means none; the others say no limit.
        if kind != "not_null":
            return None
        entry = {**entry, "mustBe": 0}
    threshold = threshold_of(entry, str(metric))
    if threshold is None:
        raise invalid(f"{metric} needs an operator.", f"{metric} 缺少运算符。", {"where": pointer})
    arguments = entry.get("arguments") or {}
    given: dict[str, Any] = {}
    for name, value in arguments.items():
        if name not in meant.arguments:
            raise invalid(
                f"{metric} knows no argument {name}.", f"{metric} 没有参数 {name}。", {"where": pointer}
            )
        given[meant.arguments[name]] = value
    return Draft(
        kind=kind,
        label=str(entry.get("id") or kind),
        pointer=pointer,
        under=None if meant.of_table and "id" not in entry else prop,
        given=given,
        severity=severity,
        dimension=entry.get("dimension"),
        threshold=None if threshold.is_none and not meant.of_table else threshold,
        library=not meant.of_table,
        name=entry.get("name"),
        nested=nested,
    )


def _sql(
    entry: Entry, pointer: str, prop: str | None, severity: Severity | None, nested: str | None
) -> Draft:
    threshold = threshold_of(entry, "sql")
    if threshold is None:
        raise invalid("sql needs an operator.", "sql 缺少运算符。", {"where": pointer})
    return Draft(
        kind="sql",
        label=str(entry.get("id") or "sql"),
        pointer=pointer,
        under=prop,
        given={"query": entry["query"]},
        severity=severity,
        dimension=entry.get("dimension"),
        threshold=threshold,
        name=entry.get("name"),
        nested=nested,
    )


def _gavel(
    entry: Entry, pointer: str, prop: str | None, severity: Severity | None, nested: str | None
) -> Draft:
    implementation = entry.get("implementation")
    if not isinstance(implementation, dict):
        raise invalid("implementation must be a mapping.", "implementation 必须是映射。", {"where": pointer})
    kind = implementation.get("kind")
    if not isinstance(kind, str) or kind not in registry():
        raise invalid(f"{kind} is no rule kind.", f"没有名为 {kind} 的规则类型。", {"where": pointer})
    given = {name: value for name, value in implementation.items() if name != "kind"}
    threshold = None
    if registry()[kind].operator:
        operators = {name: given.pop(name) for name in list(given) if name.startswith("must")}
        threshold = threshold_of(operators or entry, kind)
    return Draft(
        kind=kind,
        label=str(entry.get("id") or kind),
        pointer=f"{pointer}/implementation",
        under=prop,
        given=given,
        severity=severity,
        dimension=entry.get("dimension"),
        threshold=threshold,
        name=entry.get("name"),
        nested=nested,
    )
