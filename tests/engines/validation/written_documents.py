"""ODCS documents as people write them: valid trees, and one tree in many hands (order, quotes, styles)."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from governance.validation.scalars import SourceFloat, SourceInt
from governance.validation.standard.editing import quoted

_PLAIN = re.compile(r"[A-Za-z中][A-Za-z0-9中:/_. -]*[A-Za-z0-9中]\Z")
_WORDS = ("true", "false", "null")

texts = st.one_of(
    st.sampled_from(
        ["NO", "on", "12:30", "2026-01-01", "01", "~", "1e3", "", " a ", "it's", "a: b", "- x", "x #y"]
    ),
    st.sampled_from(
        ["two\nlines", "line\n\n  deep\n", 'quote " back \\', "\u3000", "中文 说明", "=", "<<", "{}", "0x1F"]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
)
numbers = st.one_of(
    st.sampled_from(["1.10", "007", "+5", "0x1F", "0o17", "-0", "1234567890123456789012"]).map(
        lambda text: (
            SourceFloat(float(text), text)
            if "." in text
            else SourceInt(int(text, 0 if "x" in text or "o" in text else 10), text)
        )
    ),
    st.sampled_from(["1e3", ".5", "5.", "-1.50e-3", ".inf", "-.INF"]).map(
        lambda text: SourceFloat(float(text.replace(".inf", "inf").replace(".INF", "inf")), text)
    ),
)
scalars = st.one_of(st.none(), st.booleans(), texts, numbers)
names = st.text(alphabet="abcdefgh 中:#-", min_size=1, max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
custom = st.lists(
    st.builds(lambda name, value: {"property": name, "value": value}, st.sampled_from("pqr"), values),
    min_size=1,
    max_size=3,
)


@st.composite
def shuffled(draw: st.DrawFn, tree: dict[str, Any]) -> dict[str, Any]:
    """The same mapping with its keys in another order."""
    return {key: tree[key] for key in draw(st.permutations(list(tree)))}


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """A valid contract: known keys in any order, foreign engines, texts, free values in customProperties."""
    foreign: dict[str, Any] = {"type": "custom", "engine": "soda", "implementation": draw(texts) or "x"}
    column: dict[str, Any] = {
        "name": "a",
        "logicalType": "string",
        "logicalTypeOptions": {"minLength": SourceInt(1, "1"), "pattern": draw(texts)},
        "description": draw(texts),
        "examples": draw(st.lists(texts, max_size=2)),
        "quality": [foreign, {"type": "text", "description": draw(texts)}],
        "customProperties": draw(custom),
    }
    tree: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": draw(texts),
        "version": "1.10.0",
        "status": "active",
        "description": {"purpose": draw(texts), "usage": draw(texts)},
        "tags": draw(st.lists(texts, max_size=3)),
        "schema": [{"name": "data", "properties": [draw(shuffled(column))]}],
        "customProperties": draw(custom),
    }
    return draw(shuffled(tree))


@st.composite
def written(draw: st.DrawFn, tree: dict[str, Any]) -> str:
    """The tree as YAML or JSON text, in a style drawn node by node."""
    head = draw(st.sampled_from(["", "\ufeff", "# of somebody\n", "---\n", "%YAML 1.2\n---\n"]))
    if draw(st.integers(0, 5)) == 0 and _is_json(tree):
        ascii_only, indent = draw(st.booleans()), draw(st.sampled_from([None, 2, "\t"]))
        return json.dumps(_plain(tree), ensure_ascii=ascii_only, indent=indent)
    text = head + "\n".join(_block(draw, tree)) + "\n"
    return text.replace("\n", "\r\n") if draw(st.integers(0, 7)) == 0 and "|" not in text else text


def _block(draw: st.DrawFn, value: Any) -> list[str]:
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            lines += _entry(draw, f"{_scalar(draw, key, key=True)}:", item, draw(st.sampled_from([1, 2, 4])))
    else:
        for item in value:
            lines += _entry(draw, "-", item, 2)
    return lines


def _entry(draw: st.DrawFn, lead: str, item: Any, deeper: int) -> list[str]:
    remark = draw(st.sampled_from(["", "", "", "  # remark"]))
    before = draw(st.sampled_from([[], [], [], [""], ["# a line of its own"]]))
    if isinstance(item, dict | list) and item and draw(st.booleans()):
        inner = _block(draw, item)
        if lead == "-" and draw(st.booleans()):
            return [*before, *_hanging(inner)]
        step = 0 if isinstance(item, list) and lead != "-" and draw(st.booleans()) else deeper
        return [*before, lead + remark, *(" " * step + line for line in inner)]
    if (
        isinstance(item, str)
        and re.fullmatch(r"[A-Za-z\u4e2d]\w*(\n[a-z]\w*)+", item)
        and draw(st.booleans())
    ):
        return [*before, f"{lead} |-", *(" " * max(deeper, 2) + line for line in item.split("\n"))]
    return [*before, f"{lead} {_flow(draw, item)}{remark}"]


def _hanging(inner: list[str]) -> list[str]:
    """`- key: value` on one line, unless the first line is a remark."""
    if not inner[0] or inner[0].startswith("#"):
        return ["-", *("  " + line for line in inner)]
    return ["- " + inner[0], *("  " + line for line in inner[1:])]


def _flow(draw: st.DrawFn, value: Any) -> str:
    space = draw(st.sampled_from(["", " "]))
    if isinstance(value, dict):
        pairs = (f"{_scalar(draw, key, key=True)}: {_flow(draw, item)}" for key, item in value.items())
        return "{" + space + ", ".join(pairs) + space + "}"
    if isinstance(value, list):
        return "[" + space + ", ".join(_flow(draw, item) for item in value) + space + "]"
    return _scalar(draw, value)


def _scalar(draw: st.DrawFn, value: Any, *, key: bool = False) -> str:
    if isinstance(value, SourceInt | SourceFloat):
        return value.source
    if value is None:
        return draw(st.sampled_from(["~", "null", "Null"]))
    if isinstance(value, bool):
        return draw(st.sampled_from(["true", "True", "TRUE"] if value else ["false", "False"]))
    ways = [quoted(value)]
    if value.isprintable() and value.strip() == value and not key:
        ways.append("'" + value.replace("'", "''") + "'")
    if _PLAIN.match(value) and value.lower() not in _WORDS and ": " not in value:
        ways.append(value)
    return draw(st.sampled_from(ways))


def _is_json(value: Any) -> bool:
    """Numbers as JSON writes them, and nothing JSON has no word for."""
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, SourceInt | SourceFloat):
        return re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?(e-?\d+)?", value.source) is not None
    return True


def _plain(value: Any) -> Any:
    """`json` writes a subclass of int or float by its own `repr`, which is what JSON needs."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, SourceInt):
        return int(value)
    return float(value) if isinstance(value, SourceFloat) else value
