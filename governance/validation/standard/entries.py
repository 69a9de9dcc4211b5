"""Quality entries written from the words of a change, and read back into them (standard-rules §1.1, §1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.validation.errors import invalid
from governance.validation.kinds import registry
from governance.validation.kinds.parameters import OPERATORS
from governance.validation.model import Rule
from governance.validation.standard.editing import render
from governance.validation.standard.quality import entry_type
from governance.validation.standard.values import given_list, given_value, shown_line

NAMED = ("id", "name", "description")
JUDGED = ("dimension", "severity")

Change = Mapping[str, Any]


def entry_of(change: Change) -> tuple[dict[str, Any], str | None]:
    """A new entry of our own engine, and the property it stands under (None: the object)."""
    kind = _kind(change)
    named, column = _placed(kind, list(change.get("columns") or ()))
    implementation = {"kind": kind, **named, **_parameters(change), **_bounds(change)}
    entry: dict[str, Any] = {key: change[key] for key in NAMED if change.get(key)}
    entry |= {"type": "custom", "engine": "gavel"}
    entry |= {key: change[key] for key in JUDGED if change.get(key)}
    return {**entry, "implementation": implementation}, column


def merged_entry(old: Mapping[str, Any], change: Change, rule: Rule) -> tuple[dict[str, Any], str | None]:
    """The entry with what the change names; all else, unknown keys included, stays. And its property."""
    new = dict(old)
    for key in (*NAMED, *JUDGED):
        if key in change:
            new.pop(key, None)
            if change[key]:
                new[key] = change[key]
    form = entry_type(old)
    if form == "custom":
        column = _merge_own(new, change, rule)
    else:
        _merge_foreign(new, change, rule.kind, form)
        column = rule.under
    kept = {key: new[key] for key in old if key in new}
    return {**kept, **new}, column


def _kind(change: Change) -> str:
    kind = change.get("kind")
    if not isinstance(kind, str) or kind not in registry():
        shown = str(kind)[:60]
        raise invalid(f"{shown} is no rule kind.", f"没有名为 {shown} 的规则类型。", {"parameter": "kind"})
    return kind


def _placed(kind: str, columns: list[str]) -> tuple[dict[str, Any], str | None]:
    """A rule about one column stands under it, one about several under the object."""
    takes = registry()[kind].columns
    if takes == "none":
        return {}, None
    if len(columns) == 1:
        return {}, columns[0]
    if takes == "one":
        raise invalid(
            f"{kind}: choose exactly one column.", f"{kind}：请恰好选择一列。", {"parameter": "columns"}
        )
    return ({"columns": columns} if columns else {}), None


def _merge_own(new: dict[str, Any], change: Change, rule: Rule) -> str | None:
    held = dict(new.get("implementation") or {})
    kind = str(held.get("kind"))
    column = rule.under
    if "columns" in change and list(change["columns"] or ()) != list(rule.columns):
        named, column = _placed(kind, list(change["columns"] or ()))
        held.pop("columns", None)
        held.pop("column", None)
        held |= named
    if any(key in change for key in ("parameters", "texts", "lines")):
        known = set(registry()[kind].parameters) - {"column"}
        held = {key: value for key, value in held.items() if key not in known} | _parameters(change)
    for key in ("where", "tolerance"):
        if key in change:
            held.pop(key, None)
    if "threshold" in change:
        held = {key: value for key, value in held.items() if key not in (*OPERATORS, "unit")}
        for key in (*OPERATORS, "unit"):
            new.pop(key, None)
    held |= _bounds(change)
    new["implementation"] = held
    return column


def _merge_foreign(new: dict[str, Any], change: Change, kind: str, form: str) -> None:
    """Library metrics and SQL keep their ODCS form: arguments and operators stand beside the metric."""
    given = _parameters(change)
    if form == "sql" and "query" in given:
        new["query"] = given["query"]
    metric = registry()[kind].metric
    theirs = {ours: odcs for odcs, ours in metric.arguments.items()} if metric else {}
    if form == "library" and given:
        arguments = dict(new.get("arguments") or {})
        for ours, odcs in theirs.items():
            arguments.pop(odcs, None)
            if given.get(ours) is not None:
                arguments[odcs] = given[ours]
        new.pop("arguments", None)
        if arguments:
            new["arguments"] = arguments
    if "threshold" in change:
        for key in (*OPERATORS, "unit"):
            new.pop(key, None)
        new |= _threshold(change)


def _parameters(change: Change) -> dict[str, Any]:
    """The parameters a change gives in its three ways; null and empty ones are left out."""
    found = dict(change.get("parameters") or {})
    for name, text in dict(change.get("texts") or {}).items():
        found[name] = given_value(name, text=str(text))
    for name, lines in dict(change.get("lines") or {}).items():
        found[name] = given_list([str(line) for line in lines]) or None
    return {name: value for name, value in found.items() if value is not None}


def _bounds(change: Change) -> dict[str, Any]:
    """`where`, `tolerance` and the operator, each as JSON or as YAML text."""
    found: dict[str, Any] = {}
    for key in ("where", "tolerance"):
        value = change.get(key)
        if isinstance(value, str):
            value = given_value(key, text=value)
        if value is not None:
            found[key] = value
    return {**found, **_threshold(change)}


def _threshold(change: Change) -> dict[str, Any]:
    given = change.get("threshold") or {}
    found = {}
    for key, value in dict(given).items():
        if key not in (*OPERATORS, "unit"):
            raise invalid(f"{key} is no operator.", f"{key} 不是运算符。", {"parameter": "threshold"})
        found[key] = (
            given_value("threshold", text=value) if isinstance(value, str) and key != "unit" else value
        )
    return {key: value for key, value in found.items() if value is not None}


def words_of(rule: Rule, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a form needs to show an entry: every value as text, lists as one text an item."""
    own = entry.get("implementation") if entry_type(entry) == "custom" else None
    held: Mapping[str, Any] = own if isinstance(own, dict) else entry
    written = {name: value for name, value in rule.written.items() if name not in ("where", "tolerance")}
    operator = next((key for key in OPERATORS if key in held or key in entry), None)
    shown = {**entry, **held}
    return {
        **{key: str(entry.get(key) or "") for key in (*NAMED, *JUDGED)},
        "style": entry_type(entry),
        "parameters": {name: text_of(value) for name, value in written.items()},
        "lines": {
            name: [shown_line(item) for item in value]
            for name, value in written.items()
            if isinstance(value, list)
        },
        "where": "" if rule.where_tree is None else render(rule.where_tree, plain=True),
        "tolerance": {key: str(value) for key, value in dict(held.get("tolerance") or {}).items()},
        "operator": operator or "",
        "operand": "" if operator is None else render(shown[operator], plain=True),
        "unit": str(shown.get("unit") or ""),
    }


def text_of(value: Any) -> str:
    """A value as a person types it: text without quotes, all else in flow style."""
    return value if isinstance(value, str) else render(value, plain=True)
