"""JSON text → the node graph of `yaml_nodes` (standard-rules §1.1: a standard is YAML or JSON).

Nearly all JSON is YAML too, but for what the YAML scanner refuses or bends: tabs, keys of more than 1,024
characters or with the colon on the next line, and characters written as two surrogate escapes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MOST_NODES = 200_000
"""More than a standard may hold, so that `yaml_nodes` counts and refuses it: only memory is bounded here."""
DEEPEST = 250

_STR, _MAP, _SEQ = (f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_LINE = re.compile(r"\r\n|\r|\n")


class NotJson(Exception):
    """The text is no JSON; it may be YAML in flow style."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text, counted from 0."""

    index: int
    line: int
    column: int


def looks_like_json(text: str) -> bool:
    """The first character says so."""
    return text.lstrip(" \t\r\n")[:1] in ("{", "[")


def compose_json(text: str) -> Node:
    """The nodes of one JSON document, each with its place. Raises NotJson."""
    scanner = _Scanner(text)
    root = scanner.value(scanner.space(0), 0)
    if scanner.space(scanner.at) != len(text):
        raise NotJson
    return root


class _Scanner:
    """Recursive descent; `at` is where the last value ended."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *(found.end() for found in _LINE.finditer(text))]
        self._line = 0
        self._nodes = 0
        self.at = 0

    def space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> Node:
        self._nodes += 1
        if depth > DEEPEST or self._nodes > MOST_NODES:
            raise NotJson
        first = self._text[at : at + 1]
        if first == "{":
            return self._mapping(at, depth)
        if first == "[":
            return self._sequence(at, depth)
        if first == '"':
            return self._string(at)
        found = _PLAIN.match(self._text, at)
        if found is None:
            raise NotJson
        self.at = found.end()
        return ScalarNode(_STR, found.group(), self._mark(at), self._mark(self.at))

    def _string(self, at: int) -> ScalarNode:
        found = _STRING.match(self._text, at)
        if found is None:
            raise NotJson
        self.at = found.end()
        return ScalarNode(_STR, json.loads(found.group()), self._mark(at), self._mark(self.at), style='"')

    def _mapping(self, at: int, depth: int) -> MappingNode:
        start, pairs = self._mark(at), []
        at = self.space(at + 1)
        while self._text[at : at + 1] != "}":
            key = self._string(at)
            at = self.space(self.at)
            if self._text[at : at + 1] != ":":
                raise NotJson
            pairs.append((key, self.value(self.space(at + 1), depth + 1)))
            at = self._next("}")
        self.at = at + 1
        return MappingNode(_MAP, pairs, start, self._mark(self.at), flow_style=True)

    def _sequence(self, at: int, depth: int) -> SequenceNode:
        start, items = self._mark(at), []
        at = self.space(at + 1)
        while self._text[at : at + 1] != "]":
            items.append(self.value(at, depth + 1))
            at = self._next("]")
        self.at = at + 1
        return SequenceNode(_SEQ, items, start, self._mark(self.at), flow_style=True)

    def _next(self, close: str) -> int:
        """Where the next entry or the closing bracket stands."""
        at = self.space(self.at)
        if self._text[at : at + 1] == close:
            return at
        if self._text[at : at + 1] != ",":
            raise NotJson
        at = self.space(at + 1)
        if self._text[at : at + 1] == close:
            raise NotJson
        return at

    def _mark(self, index: int) -> Mark:
        """Places are asked for in rising order, but for the start of what has just been closed."""
        while self._line + 1 < len(self._lines) and self._lines[self._line + 1] <= index:
            self._line += 1
        return Mark(index, self._line, index - self._lines[self._line])
