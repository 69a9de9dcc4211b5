"""Edits of a document's text that touch the edited node only (standard-rules §1.2: nothing is lost).

The node graph knows where every node lies in the text, so an edit replaces just that span. The caller
reads the
result back and compares trees; anything the splice could not express falls back to `render_document`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from governance.validation.errors import invalid
from governance.validation.scalars import SourceFloat, SourceInt


def pointer_parts(pointer: str) -> list[str]:
    """Parts of a JSON pointer (RFC 6901); raises `parameter_invalid`."""
    if not pointer.startswith("/"):
        raise invalid("A pointer starts with a slash.", "指针必须以斜杠开头。", {"pointer": pointer})
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def edit_tree(tree: Any, parts: Sequence[str], value: Any, *, remove: bool) -> Any:
    """A copy of the tree with one node set, appended (`-`) or removed; raises `parameter_invalid`."""
    head, rest = parts[0], parts[1:]
    if isinstance(tree, list):
        return _edit_list(tree, head, rest, value, remove)
    if not isinstance(tree, dict) or (head not in tree and (rest or remove)):
        raise _no_such(head)
    copy = dict(tree)
    if rest:
        copy[head] = edit_tree(tree[head], rest, value, remove=remove)
    elif remove:
        del copy[head]
    else:
        copy[head] = value
    return copy


def splice(text: str, root: Node, parts: Sequence[str], value: Any, *, remove: bool) -> str:
    """The text with the node's span replaced, a new entry added, or an entry taken out."""
    parent, key = _find(root, parts[:-1]), parts[-1]
    entries = _entries(parent)
    at = _position(parent, key)
    if at is None:
        return _added(text, parent, key, value)
    if remove:
        return _removed(text, parent, at)
    node = entries[at][1]
    start, end = node.start_mark.index, _end(text, node)
    gap = "" if text[start - 1 : start] not in (":", "-") else " "
    return text[:start] + gap + render(value, plain=_is_yaml(text)) + text[end:]


_UNPRINTABLE = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def quoted(text: str) -> str:
    """A double-quoted scalar; what YAML cannot print or would fold is escaped."""
    return _UNPRINTABLE.sub(
        lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False)
    )


_PLAIN = re.compile(
    r"(?:[A-Za-z_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_/-])?|[0-9]+\.[0-9]+\.[0-9]+(?:-[A-Za-z0-9.-]+)?)\Z"
)
_WORDS = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"])


def plain_text(text: str) -> bool:
    """Whether a text may stand without quotes wherever a document is read, YAML 1.1 tools included."""
    return _PLAIN.match(text) is not None and text.lower() not in _WORDS


def render(value: Any, *, plain: bool = False) -> str:
    """A value in flow style; JSON is YAML, and numbers keep their text. `plain` omits needless quotes."""
    if isinstance(value, SourceInt | SourceFloat):
        return value.source
    if isinstance(value, dict):
        pairs = (f"{_text(str(key), plain)}: {render(v, plain=plain)}" for key, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(render(item, plain=plain) for item in value) + "]"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return ".nan" if value != value else (".inf" if value > 0 else "-.inf")
    return _text(value, plain) if isinstance(value, str) else json.dumps(value)


def _text(text: str, plain: bool) -> str:
    return text if plain and plain_text(text) else quoted(text)


def render_block(value: Any) -> list[str]:
    """The lines of an entry in block style: one key a line, what lies deeper in flow style."""
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for key, item in value.items():
            name = _text(str(key), plain=True)
            deep = isinstance(item, list) and item and all(isinstance(one, dict) and one for one in item)
            if deep:
                lines += [f"{name}:", *(f"  {line}" for line in render_block(item))]
            else:
                lines.append(f"{name}: {render(item, plain=True)}")
        return lines
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            first, *rest = render_block(item)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    return [render(value, plain=True)]


def fragment(text: str, root: Node, parts: Sequence[str]) -> str:
    """The text of one node by itself, without the indentation of its place."""
    node = _find(root, parts)
    first, *rest = text[node.start_mark.index : _end(text, node)].rstrip().split("\n")
    column = node.start_mark.column
    return "\n".join([first, *(line[min(column, len(line) - len(line.lstrip(" "))) :] for line in rest)])


def _is_yaml(text: str) -> bool:
    """Not JSON: there every text must keep its quotes."""
    return text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "[")


def render_document(tree: dict[str, Any]) -> str:
    """The whole tree, one top-level key per line."""
    return "".join(f"{quoted(str(key))}: {render(value)}\n" for key, value in tree.items())


def _edit_list(tree: list[Any], head: str, rest: Sequence[str], value: Any, remove: bool) -> list[Any]:
    copy = list(tree)
    if head == "-" and not rest and not remove:
        return [*copy, value]
    index = int(head) if head.isascii() and head.isdigit() else len(copy)
    if index >= len(copy):
        raise _no_such(head)
    if rest:
        copy[index] = edit_tree(copy[index], rest, value, remove=remove)
    elif remove:
        del copy[index]
    else:
        copy[index] = value
    return copy


def _no_such(part: str) -> Exception:
    return invalid("The document has no such node.", "文档中没有该节点。", {"part": part})


def _entries(parent: Node) -> list[tuple[Node, Node]]:
    """(first node of the entry, value node) of each entry."""
    if isinstance(parent, MappingNode):
        return list(parent.value)
    return [(item, item) for item in parent.value]


def _position(parent: Node, key: str) -> int | None:
    if isinstance(parent, MappingNode):
        return next((i for i, (node, _) in enumerate(parent.value) if node.value == key), None)
    return int(key) if key != "-" else None


def _find(root: Node, parts: Sequence[str]) -> Node:
    node = root
    for part in parts:
        at = _position(node, part)
        if at is None or not isinstance(node, MappingNode | SequenceNode):
            raise _no_such(part)
        node = _entries(node)[at][1]
    return node


def _end(text: str, node: Node) -> int:
    """Where the node's text ends, without the blank lines and comments the scanner puts after block nodes."""
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        return _end(text, _entries(node)[-1][1])
    end: int = node.end_mark.index
    if getattr(node, "style", None) not in ("|", ">"):
        return end
    start: int = node.start_mark.index
    return start + len(text[start:end].rstrip())


def _removed(text: str, parent: Node, at: int) -> str:
    entries = _entries(parent)
    if len(entries) == 1:
        empty = "{}" if isinstance(parent, MappingNode) else "[]"
        return text[: parent.start_mark.index] + empty + text[_end(text, parent) :]
    if at + 1 < len(entries):
        return text[: _start(text, parent, at)] + text[_start(text, parent, at + 1) :]
    return text[: _end(text, entries[at - 1][1])] + text[_end(text, entries[at][1]) :]


def _start(text: str, parent: Node, at: int) -> int:
    """Where an entry begins: its key, or the dash before a block item."""
    start: int = _entries(parent)[at][0].start_mark.index
    if isinstance(parent, SequenceNode) and not parent.flow_style:
        start = text.rindex("-", 0, start)
    return start


def _added(text: str, parent: Node, key: str, value: Any) -> str:
    entries = _entries(parent)
    if getattr(parent, "flow_style", False) or not entries:
        plain = _is_yaml(text)
        entry = render(value, plain=plain)
        if not isinstance(parent, SequenceNode):
            entry = f"{_text(key, plain)}: {entry}"
        close = parent.end_mark.index - 1
        return text[:close] + (", " if entries else "") + entry + text[close:]
    indent = " " * parent.start_mark.column
    item: Any = [value] if isinstance(parent, SequenceNode) else {key: value}
    entry = f"\n{indent}".join(render_block(item))
    end = _end(text, entries[-1][1])
    lead = "" if text[:end].endswith("\n") else "\n"
    return f"{text[:end]}{lead}{indent}{entry}" + ("\n" if lead == "" else "") + text[end:]
