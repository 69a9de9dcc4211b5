"""A standard as stored: its bytes and its tree (standard-rules §1.1, §1.2)."""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from governance.validation.errors import EngineError, refuse
from governance.validation.scalars import SourceFloat, SourceInt, source_text
from governance.validation.standard.editing import (
    edit_tree,
    fragment,
    pointer_parts,
    render_document,
    splice,
)
from governance.validation.standard.odcs_schema import check_schema
from governance.validation.standard.yaml_nodes import build, compose


@dataclass(frozen=True)
class StandardDocument:
    """One ODCS document. Immutable: an edit gives a new document, the old bytes stay what was decided on."""

    data: bytes
    tree: dict[str, Any]

    def to_bytes(self) -> bytes:
        """The stored bytes, unchanged where nothing was edited."""
        return self.data

    @property
    def digest(self) -> str:
        """`sha256:` + hex of the stored bytes."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"

    @property
    def version(self) -> str:
        """Semver of the standard."""
        return str(self.tree["version"])

    @property
    def identifier(self) -> str:
        """`id` of the contract."""
        return str(self.tree["id"])

    @cached_property
    def objects(self) -> tuple[dict[str, Any], ...]:
        """Schema objects in document order."""
        return tuple(self.tree.get("schema") or ())

    @property
    def object_names(self) -> tuple[str, ...]:
        """Names of the schema objects in document order."""
        return tuple(str(item["name"]) for item in self.objects)

    def pick_object(self, name: str | None, data_stem: str | None) -> dict[str, Any]:
        """The object rules are made from (§1.3); raises `object_unknown`, `object_ambiguous`."""
        if not self.objects:
            raise refuse("object_unknown", {"objects": []})
        if name is None and len(self.objects) == 1:
            return self.objects[0]
        wanted = name if name is not None else data_stem
        found = next((item for item in self.objects if item["name"] == wanted), None)
        if found is None:
            code = "object_unknown" if name is not None else "object_ambiguous"
            raise refuse(code, {"objects": list(self.object_names)})
        return found

    def set(self, pointer: str, value: Any) -> StandardDocument:
        """A document with the node at a JSON pointer replaced or added (`-` appends); the rest keeps its
        text."""
        return self.edited([Edit(pointer, value)])

    def remove(self, pointer: str) -> StandardDocument:
        """A document without the node at a JSON pointer; the rest keeps its text."""
        return self.edited([Edit(pointer, remove=True)])

    def fragment(self, pointer: str) -> str:
        """The text of the node at a JSON pointer; raises `parameter_invalid`."""
        text, root = compose(self.data)
        return fragment(text, root, pointer_parts(pointer))

    def edited(self, edits: Sequence[Edit]) -> StandardDocument:
        """Several edits in turn; only the last text must satisfy the schema.

        Raises `parameter_invalid` for a pointer that leads nowhere, `standard_invalid`.
        """
        data, tree = self.data, self.tree
        for edit in edits:
            parts = pointer_parts(edit.pointer)
            tree = edit_tree(tree, parts, edit.value, remove=edit.remove)
            data = _with_edit(data, tree, parts, edit)
        return load(data) if edits else self


@dataclass(frozen=True)
class Edit:
    """One node of a document set, added or removed, by JSON pointer (RFC 6901)."""

    pointer: str
    value: Any = None
    remove: bool = False


def load(data: bytes) -> StandardDocument:
    """Read a standard; raises `standard_invalid`, `standard_unsupported_version`."""
    _, root = compose(data)
    tree = build(root)
    check_schema(tree)
    return StandardDocument(data, tree)


def _with_edit(data: bytes, wanted: dict[str, Any], parts: Sequence[str], edit: Edit) -> bytes:
    """The smallest rewriting that reads back as the wanted tree: the node, else the nearest node around it
    (where an alias or a comment is in the way), in the end the whole document."""
    text, root = compose(data)
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    for depth in range(len(parts), 0, -1):
        whole = depth < len(parts)
        value = _at(wanted, parts[:depth]) if whole else edit.value
        changed = splice(text, root, parts[:depth], value, remove=edit.remove and not whole).encode()
        if same_tree(_tree_of(changed), wanted):
            return mark + changed
    return mark + render_document(wanted).encode()


def _at(tree: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree


def same_tree(left: Any, right: Any) -> bool:
    """Equal in kind, order of keys and the text of numbers; `.nan` equals itself, `1` is not `true`."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same_tree(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same_tree, left, right))
    if _kind(left) is not _kind(right):
        return False
    written = isinstance(left, SourceInt | SourceFloat) and isinstance(right, SourceInt | SourceFloat)
    return source_text(left) == source_text(right) or (left == right and not written)


def _kind(value: Any) -> type[Any]:
    """Text, Boolean, nothing, or a number: whether whole or not is said by its text."""
    for kind in (str, bool, dict, list):
        if isinstance(value, kind):
            return kind
    return type(None) if value is None else float


def _tree_of(data: bytes) -> Any:
    try:
        return build(compose(data)[1])
    except EngineError:
        return None
