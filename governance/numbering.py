"""Numbers of standards: semantic, by what changed. Major: the shape; minor: the rules; patch: words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?\Z")
_SHAPE = ("logicalType", "primaryKey")


def next_number(number: str, size: str) -> str:
    """The number after `number` for a change of `size` (major, minor, patch); other forms get `.1`."""
    found = _NUMBER.match(number)
    if found is None:
        return f"{number[:38]}.1"
    major, minor, patch = (int(part or 0) for part in found.groups())
    if size == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if size == "minor" else f"{major}.{minor}.{patch + 1}"


def shape_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a column is gone, or has another type or part in the key (`StandardVersion.compiled`)."""
    old, new = _shape(before), _shape(after)
    return any(new.get(name) != held for name, held in old.items())


def _shape(compiled: Mapping[str, Any]) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (column["object"], column["name"]): tuple(column.get(key) for key in _SHAPE)
        for column in compiled.get("columns", ())
    }
