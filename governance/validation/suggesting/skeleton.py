"""A first document for data without a standard: its columns by name, and types where the data shows one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from governance.validation.standard import StandardDocument, load
from governance.validation.standard.editing import quoted
from governance.validation.suggesting.reading_types import stored_type, text_type

_IDENTIFIER = re.compile(r"[^a-z0-9]+")


def skeleton(profile: Mapping[str, Any], name: str) -> StandardDocument:
    """An ODCS v3.1 draft of one object `name`: a property for each profiled column.

    Columns have the type they are stored with; texts the type all of them can be read as, else string.
    """
    lines = [
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {_IDENTIFIER.sub('-', name.lower()).strip('-') or 'data'}",
        "version: 0.1.0",
        "status: draft",
        "schema:",
        f"- name: {quoted(name)}",
        "  properties:",
    ]
    for column, facts in profile["columns"].items():
        kind = stored_type(str(facts["type"])) or text_type(facts) or "string"
        lines.append(f"  - name: {quoted(column)}")
        lines.append(f"    logicalType: {kind}")
    if not profile["columns"]:
        lines[-1] = "  properties: []"
    return load(("\n".join(lines) + "\n").encode())
