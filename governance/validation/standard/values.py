"""Values of a change: JSON, or YAML text as a person typed it. A number keeps its text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from governance.validation.errors import EngineError, invalid
from governance.validation.standard.editing import render
from governance.validation.standard.yaml_nodes import build, compose

_WORDS = {"null": None, "true": True, "false": False}
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")


def given_value(name: str, *, text: str) -> Any:
    """One value written as YAML; raises `parameter_invalid` naming the parameter. Empty text is None."""
    if not text.strip():
        return None
    try:
        return build(compose(text.encode())[1])
    except EngineError as error:
        detail = {"parameter": name, "at": str(error.detail or "")}
        raise invalid(f"{name}: {error.message_en}", f"{name}：{error.message_zh}", detail) from error


def given_list(lines: Sequence[str]) -> list[Any]:
    """One item a line: a number, `null`, true, false, a quoted text, or the text as it stands."""
    return [_item(line.strip("\r")) for line in lines if line.strip()]


def _item(line: str) -> Any:
    text = line.strip()
    if text[:1] == '"' and text[-1:] == '"' and len(text) > 1:
        try:
            found = json.loads(text)
        except ValueError:
            return text
        return found if isinstance(found, str) else text
    if text in _WORDS:
        return _WORDS[text]
    return build(compose(text.encode())[1]) if _NUMBER.match(text) else text


def shown_line(value: Any) -> str:
    """An item of a list as `given_list` reads it back."""
    if not isinstance(value, str):
        return render(value)
    safe = value == value.strip() and value and _item(value) == value and isinstance(_item(value), str)
    return value if safe and "\n" not in value and value[:1] != '"' else json.dumps(value, ensure_ascii=False)
