"""ODCS constructs of one object → drafts in report order (standard-rules §1.1, §9)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.errors import invalid
from governance.validation.kinds import registry
from governance.validation.model import NotExecuted, ObjectForm, Severity, StandardWarning
from governance.validation.standard.drafts import Draft, severity_of, unknown_severity
from governance.validation.standard.quality import read_quality
from governance.validation.standard.settings import custom

_IMPLIED = sorted(
    ((name, kind.implied) for name, kind in registry().items() if kind.implied is not None),
    key=lambda pair: pair[1].rank,
)
"""Kinds that a property's own fields imply, in report order (standard-rules §9)."""
_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
_SHORT = re.compile(r"([^./]+)\.([^./]+)\Z")

Node = Mapping[str, Any]


class ObjectReader:
    """Reads one schema object; collects drafts, kept entries and warnings in document order."""

    def __init__(self, tree: Node, node: Node, pointer: str, form: ObjectForm) -> None:
        self.tree = tree
        self.node = node
        self.pointer = pointer
        self.form = form
        self.drafts: list[Draft] = []
        self.kept: list[NotExecuted] = []
        self.warnings: list[StandardWarning] = []
        self._object_severities = self._severities(node, pointer)

    def read(self) -> None:
        """Everything but `rows_present`, which depends on the parsed rules."""
        self._implied("columns", None, self.pointer, {"strict": self.form.strict})
        for index, item in enumerate(self.node.get("properties") or ()):
            self._property(item, f"{self.pointer}/properties/{index}")
        key = self.primary_key()
        if len(key) > 1:
            self.drafts.append(Draft("unique", "primary_key", self.pointer, columns=key, severity="blocker"))
        self._object_relationships()
        self._quality(self.node, self.pointer, None)
        self._latency()

    def primary_key(self) -> tuple[str, ...]:
        """Names of the key parts in `primaryKeyPosition` order; parts without a position come last."""
        parts = []
        for index, item in enumerate(self.node.get("properties") or ()):
            if item.get("primaryKey") is True:
                position = item.get("primaryKeyPosition", -1)
                parts.append((position if position >= 0 else 1 << 30, index, str(item["name"])))
        return tuple(name for _, _, name in sorted(parts))

    def _property(self, item: Node, pointer: str) -> None:
        name = str(item["name"])
        own = self._severities(item, pointer)
        for draft in self._implied_by(item, name, pointer):
            severity = draft.severity or own.get(draft.kind) or self._object_severities.get(draft.kind)
            self.drafts.append(Draft(**{**vars(draft), "severity": severity}))
        for index, relation in enumerate(item.get("relationships") or ()):
            at = f"{pointer}/relationships/{index}"
            severity = own.get("foreign_key") or self._object_severities.get("foreign_key")
            self._relation([name], relation.get("to"), name, at, severity)
        self._quality(item, pointer, name)
        for nested_name, nested, at in _nested(item, name, pointer):
            self._nested_property(name, nested_name, nested, at)

    def _implied_by(self, item: Node, name: str, pointer: str) -> Iterator[Draft]:
        sole_key = self.primary_key() == (name,)
        for kind, reads in _IMPLIED:
            for found in reads.read(item, sole_key):
                at = pointer + found.at
                yield Draft(kind, kind, at, name, found.given, severity=found.severity)

    def _nested_property(self, name: str, nested_name: str, item: Node, pointer: str) -> None:
        """Rules of a nested property are kept in the report, judged `unsupported_type`."""
        for draft in self._implied_by(item, name, pointer):
            self.drafts.append(Draft(**{**vars(draft), "nested": nested_name}))
        self._quality(item, pointer, name, nested_name)

    def _quality(self, item: Node, pointer: str, name: str | None, nested: str | None = None) -> None:
        for index, entry in enumerate(item.get("quality") or ()):
            read = read_quality(entry, f"{pointer}/quality/{index}", name, self.warnings, nested)
            if isinstance(read, Draft):
                self.drafts.append(read)
            else:
                self.kept.append(read)

    def _object_relationships(self) -> None:
        for index, relation in enumerate(self.node.get("relationships") or ()):
            at = f"{self.pointer}/relationships/{index}"
            origin = relation.get("from")
            names = []
            for item in origin if isinstance(origin, list) else [origin]:
                table, column = _short(item, at)
                if table not in (self.form.name, str(self.node.get("physicalName"))):
                    raise _bad_relation(at)
                names.append(column)
            self._relation(names, relation.get("to"), None, at, self._object_severities.get("foreign_key"))

    def _relation(
        self, origin: list[str], to: Any, name: str | None, at: str, severity: Severity | None
    ) -> None:
        targets = [_short(item, at) for item in (to if isinstance(to, list) else [to])]
        tables = {table for table, _ in targets}
        if len(tables) != 1 or len(targets) != len(origin):
            raise _bad_relation(at)
        given = {"reference": tables.pop(), "reference_columns": [column for _, column in targets]}
        self.drafts.append(
            Draft("foreign_key", "foreign_key", at, name, given, columns=tuple(origin), severity=severity)
        )

    def _latency(self) -> None:
        for index, item in enumerate(self.tree.get("slaProperties") or ()):
            if str(item.get("property")).lower() != "latency" or not isinstance(item.get("element"), str):
                continue
            for element in item["element"].split(","):
                self._freshness(item, element.strip(), f"/slaProperties/{index}")

    def _freshness(self, item: Node, element: str, at: str) -> None:
        table, _, name = element.partition(".")
        column = self.form.columns.get(name)
        unit = _UNITS.get(str(item.get("unit", "d")))
        if table != self.form.name or column is None or column.logical.name not in ("date", "timestamp"):
            return
        if (
            unit is None
            or isinstance(item.get("value"), bool)
            or not isinstance(item.get("value"), int | float)
        ):
            self.warnings.append(
                StandardWarning(
                    "latency_not_understood",
                    "The latency is kept, but its value or unit gives no rule.",
                    "该时延已保留，但其数值或单位无法形成规则。",
                    at,
                )
            )
            return
        given = {"max_age": {"value": item["value"], "unit": unit}}
        severity = self._severities(self._property_node(name), at).get("freshness")
        self.drafts.append(Draft("freshness", "freshness", at, name, given, severity=severity))

    def _property_node(self, name: str) -> Node:
        return next(item for item in self.node["properties"] if item["name"] == name)

    def _implied(self, kind: str, name: str | None, pointer: str, given: Mapping[str, Any]) -> None:
        self.drafts.append(
            Draft(kind, kind, pointer, name, given, severity=self._object_severities.get(kind))
        )

    def add_rows_present(self) -> None:
        """The implicit rule against an empty table (§1.1, last row)."""
        self._implied("rows_present", None, self.pointer, {})

    def _severities(self, node: Node, pointer: str) -> dict[str, Severity]:
        given = custom(node, "gavelSeverity")
        if given is None:
            return {}
        if not isinstance(given, dict):
            raise invalid(
                "gavelSeverity must be a mapping.", "gavelSeverity 必须是映射。", {"where": pointer}
            )
        found: dict[str, Severity] = {}
        for kind, word in given.items():
            severity = severity_of(word)
            if severity is None:
                self.warnings.append(unknown_severity(f"{pointer}/customProperties"))
            else:
                found[kind] = severity
        return found


def _nested(item: Node, name: str, pointer: str) -> Iterator[tuple[str, Node, str]]:
    """Nested properties and array items, depth first: (dotted name, node, pointer)."""
    for index, child in enumerate(item.get("properties") or ()):
        dotted, at = f"{name}.{child['name']}", f"{pointer}/properties/{index}"
        yield dotted, child, at
        yield from _nested(child, dotted, at)
    items = item.get("items")
    if isinstance(items, dict):
        yield f"{name}.items", items, f"{pointer}/items"
        yield from _nested(items, f"{name}.items", f"{pointer}/items")


def _short(reference: Any, at: str) -> tuple[str, str]:
    """`table.column`; the id form of a reference names no data set and is refused."""
    found = _SHORT.match(reference) if isinstance(reference, str) else None
    if found is None:
        raise _bad_relation(at)
    return found.group(1), found.group(2)


def _bad_relation(at: str) -> Exception:
    return invalid(
        "A relationship joins columns of this object to as many columns of one table, as table.column.",
        "关系应以 table.column 的形式，将本对象的列对应到同一张表中数量相同的列。",
        {"where": at},
    )
