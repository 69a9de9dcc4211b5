"""YAML and JSON text → tree, read by the YAML 1.2 core schema without timestamps (standard-rules §1.1)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from governance.validation.errors import EngineError, invalid
from governance.validation.scalars import SourceFloat, SourceInt

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
_TAGS = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:map": dict,
    "tag:yaml.org,2002:seq": list,
}


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
    parser = YAML(typ="rt", pure=True)
    try:
        nodes = list(_documents(parser, text))
    except YAMLError as error:
        raise bad_standard("The document is not YAML.", "文档不是 YAML。", _yaml_place(error)) from error
    except (RecursionError, ValueError) as error:
        raise bad_standard(
            "The document cannot be parsed.", "文档无法解析。", type(error).__name__
        ) from error
    if len(nodes) != 1:
        raise bad_standard("The file must hold exactly one document.", "文件必须恰好包含一个文档。")
    _check_size(nodes[0])
    return text, nodes[0]


# The round-trip scanner marks where a folded line was broken; the mark is its own note, not the document's.
_FOLD_MARK = "\a"


def build(node: Node) -> Any:
    """The tree of dict, list, str, bool, None and numbers that remember their text."""
    if isinstance(node, MappingNode):
        return _mapping(node)
    if isinstance(node, SequenceNode):
        return [build(item) for item in node.value]
    if not isinstance(node, ScalarNode):
        raise bad_standard("A node is of no known kind.", "节点类型无法识别。", _mark(node))
    return scalar(node)


def scalar(node: ScalarNode) -> Any:
    """One scalar by the core schema; quoted and block scalars, and `!!str`, are text."""
    text: str = node.value
    if node.style == ">":
        text = text.replace(_FOLD_MARK, "")
    explicit = _explicit_tag(node)
    if explicit == "tag:yaml.org,2002:str" or (node.style is not None and explicit is None):
        return text
    if explicit is not None and not explicit.startswith("tag:yaml.org,2002:"):
        raise bad_standard("A private YAML tag is not allowed.", "不允许使用私有 YAML 标签。", _mark(node))
    if text in _WORDS:
        return _WORDS[text]
    return _number(text)


def bad_standard(message_en: str, message_zh: str, detail: str | None = None) -> EngineError:
    """`standard_invalid` with its own sentence; `detail` is the first error and its place."""
    return invalid(message_en, message_zh, detail, code="standard_invalid")


def _documents(parser: YAML, text: str) -> Iterator[Node]:
    if "\t" in text and text.lstrip()[:1] in "{[":
        text = _untab(text)
    yield from parser.compose_all(text)


def _untab(text: str) -> str:
    """Tabs that indent JSON lines become spaces: the YAML scanner refuses them, JSON allows them."""
    return re.sub(r"(?m)^[ \t]+", lambda found: found.group().replace("\t", " "), text)


def _number(text: str) -> Any:
    try:
        if _INT.match(text):
            return SourceInt(int(text), text)
        if _OCTAL.match(text):
            return SourceInt(int(text[2:], 8), text)
        if _HEX.match(text):
            return SourceInt(int(text[2:], 16), text)
    except ValueError as error:
        raise bad_standard("A number has too many digits.", "数字位数过多。") from error
    if _FLOAT.match(text):
        return SourceFloat(float(text), text)
    if found := _INFINITE.match(text):
        return SourceFloat(-math.inf if found.group(1) == "-" else math.inf, text)
    return text


def _mapping(node: MappingNode) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = build(key_node)
        if isinstance(key, dict | list):
            raise bad_standard("A key must be text.", "键必须是文本。", _mark(key_node))
        name = key_node.value
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
    """The tag written in the document; ruamel resolves plain scalars too, which must not count."""
    tag = getattr(node, "ctag", None)
    if tag is None or getattr(tag, "handle", None) is None:
        return None
    return str(node.tag)


def _mark(node: Node) -> str:
    return f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def _yaml_place(error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"{problem} at line {mark.line + 1}, column {mark.column + 1}" if mark else str(problem)
