"""YAML and JSON text → tree, read by the YAML 1.2 core schema without timestamps (standard-rules §1.1)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from governance.validation.errors import EngineError, invalid
from governance.validation.scalars import SourceFloat, SourceInt
from governance.validation.standard.json_nodes import NotJson, compose_json, looks_like_json

MAX_BYTES = 5 * 1024 * 1024
MAX_NODES = 100_000

_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)\Z")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_CORE = "tag:yaml.org,2002:"
_SCALARS: Mapping[str, type[Any] | tuple[type[Any], ...]] = {
    "int": SourceInt,
    "float": (SourceFloat, float),
    "bool": bool,
    "null": type(None),
}
"""Tags a scalar may carry, and what its text must then be; `str` takes any text."""
_LONGEST_NUMBER = 1000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def compose(data: bytes) -> tuple[str, Node]:
    """Text and node graph of one document; raises `standard_invalid` for bad text, YAML, size or depth."""
    if len(data) > MAX_BYTES:
        raise bad_standard("The document is over 5 MB.", "文档超过 5 MB。")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad_standard(
            "The document is not UTF-8.", "文档不是 UTF-8 编码。", f"byte {error.start}"
        ) from error
    node = _node(text)
    _check_size(node)
    return text, node


def _node(text: str) -> Node:
    if looks_like_json(text):
        try:
            return compose_json(text)
        except (NotJson, RecursionError):
            pass  # YAML in flow style, or neither: the other scanner says where
    try:
        nodes = list(YAML(typ="rt", pure=True).compose_all(text))
    except YAMLError as error:
        raise bad_standard(
            "The document is not YAML.", "文档不是 YAML。", _yaml_place(error, text)
        ) from error
    except (RecursionError, ValueError) as error:
        raise bad_standard(
            "The document cannot be parsed, or its nesting is too deep.",
            "文档无法解析或嵌套过深。",
            type(error).__name__,
        ) from error
    if len(nodes) != 1:
        raise bad_standard("The file must hold exactly one document.", "文件必须恰好包含一个文档。")
    only: Node = nodes[0]
    return only


# The round-trip scanner marks where a folded line was broken; the mark is its own note, not the document's.
_FOLD_MARK = "\a"


def build(node: Node) -> Any:
    """The tree of dict, list, str, bool, None and numbers that remember their text."""
    if isinstance(node, ScalarNode):
        return scalar(node)
    wanted = "map" if isinstance(node, MappingNode) else "seq"
    if node.tag is not None and node.tag != _CORE + wanted:
        raise _bad_tag(node)
    if isinstance(node, MappingNode):
        return _mapping(node)
    return [build(item) for item in node.value]


def scalar(node: ScalarNode) -> Any:
    """One scalar by the core schema; quoted and block scalars, and `!!str`, are text."""
    text: str = node.value
    if node.style == ">":
        text = text.replace(_FOLD_MARK, "")
    tag = _explicit_tag(node)
    if tag == "str" or (node.style is not None and tag is None):
        return _storable(text, node)
    value = _WORDS[text] if text in _WORDS else _number(text, node)
    if tag is None:
        return value if not isinstance(value, str) else _storable(value, node)
    if tag == "float" and isinstance(value, SourceInt):
        return SourceFloat(float(value), text)
    if tag not in _SCALARS or not isinstance(value, _SCALARS[tag]):
        raise _bad_tag(node)
    return value


def _storable(text: str, node: Node) -> str:
    """Two surrogate escapes of a double-quoted text are one character; half of one, and NUL, are none."""
    if _UNSTORABLE.search(text) is None:
        return text
    try:
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        whole = "\0"
    if "\0" in whole:
        raise bad_standard(
            "A text holds a character that cannot be stored.", "文本含有无法存储的字符。", _mark(node)
        )
    return whole


def _bad_tag(node: Node) -> EngineError:
    return bad_standard(
        "A YAML tag outside the core schema is not allowed.",
        "不允许使用核心模式以外的 YAML 标签。",
        _mark(node),
    )


def bad_standard(message_en: str, message_zh: str, detail: str | None = None) -> EngineError:
    """`standard_invalid` with its own sentence; `detail` is the first error and its place."""
    return invalid(message_en, message_zh, detail, code="standard_invalid")


def _number(text: str, node: Node) -> Any:
    """An integer, a number, or the text itself."""
    if _FLOAT.match(text) or _OCTAL.match(text) or _HEX.match(text):
        if len(text) > _LONGEST_NUMBER:
            raise bad_standard("A number has too many digits.", "数字位数过多。", _mark(node))
        if _INT.match(text):
            return SourceInt(int(text), text)
        bases = {"0o": 8, "0x": 16}
        if text[:2] in bases:
            return SourceInt(int(text[2:], bases[text[:2]]), text)
        return SourceFloat(float(text), text)
    if found := _INFINITE.match(text):
        return SourceFloat(-math.inf if found.group(1) == "-" else math.inf, text)
    return text


def _mapping(node: MappingNode) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode):
            raise bad_standard("A key must be text.", "键必须是文本。", _mark(key_node))
        scalar(key_node)
        name = _storable(key_node.value, key_node)
        if name == "<<" and key_node.style is None:
            raise bad_standard(
                "Merge keys are not part of YAML 1.2: write the keys out.",
                "YAML 1.2 没有合并键，请将各键写全。",
                _mark(key_node),
            )
        if name in tree:
            raise bad_standard("A key is there twice.", "键重复。", f"{name}: {_mark(key_node)}")
        tree[name] = build(value_node)
    return tree


def _check_size(root: Node) -> None:
    """Count nodes as if every alias were written out; a cycle or more than MAX_NODES is refused."""
    known: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: Node, depth: int) -> int:
        if id(node) in known:
            return known[id(node)]
        if id(node) in open_nodes or depth > 200:
            raise bad_standard(
                "Aliases form a cycle, or nesting is too deep.", "别名成环或嵌套过深。", _mark(node)
            )
        open_nodes.add(id(node))
        total = 1
        for child in _children(node):
            total += size(child, depth + 1)
        if total > MAX_NODES:
            raise bad_standard("The document has over 100,000 nodes.", "文档节点超过 100,000 个。")
        open_nodes.discard(id(node))
        known[id(node)] = total
        return total

    size(root, 0)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _explicit_tag(node: ScalarNode) -> str | None:
    """Last part of a core tag written in the document; ruamel tags plain scalars too, which must not count.

    A tag of another name space is refused.
    """
    tag = getattr(node, "ctag", None)
    if tag is None or node.tag is None:
        return None
    if not str(node.tag).startswith(_CORE):
        raise _bad_tag(node)
    return None if getattr(tag, "handle", None) is None else str(node.tag)[len(_CORE) :]


def _mark(node: Node) -> str:
    return f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def _yaml_place(error: YAMLError, text: str) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or type(error).__name__
        return f"{problem} at line {mark.line + 1}, column {mark.column + 1}"
    position = getattr(error, "position", None)
    if isinstance(error, ReaderError) and isinstance(position, int):
        line = text.count("\n", 0, position)
        return f"character U+{int(error.character):04X} is not allowed at line {line + 1}"
    return type(error).__name__
