"""What crosses between a worker and its engine process: plain values and our frozen dataclasses, as JSON.

Never pickles: the engine reads hostile files, and what it answers must not be able to run code in the worker.
A dataclass is named by module and class and rebuilt from its fields; only those of `catalog` and
`governance.validation` are. Raises TypeError for a value of another kind, ValueError for bytes that are none.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

OWN: Final = ("catalog.", "governance.validation.")
TAG: Final = "$"


def encode(value: object) -> bytes:
    """As bytes; tuples, bytes, paths, instants and dataclasses come back as what they were."""
    return json.dumps(_plain(value), ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode(data: bytes) -> Any:
    """The value `encode` was given; mappings are dicts."""
    return _value(json.loads(data.decode("utf-8", "surrogatepass")))


def _plain(value: object) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return {TAG: "tuple", "of": [_plain(item) for item in value]}
    if isinstance(value, Mapping):
        return {TAG: "map", "of": [[_plain(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, bytes):
        return {TAG: "bytes", "of": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Path):
        return {TAG: "path", "of": str(value)}
    if isinstance(value, dt.datetime):
        return {TAG: "instant", "of": value.isoformat()}
    kind = type(value)
    if not is_dataclass(value) or not kind.__module__.startswith(OWN):
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} does not cross")
    held = {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return {TAG: "data", "module": kind.__module__, "name": kind.__qualname__, "of": held}


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    kind, held = plain[TAG], plain["of"]
    if kind == "data":
        return _rebuilt(plain["module"], plain["name"], held)
    simple: dict[str, Any] = {"bytes": base64.b64decode, "path": Path, "instant": dt.datetime.fromisoformat}
    if kind in simple:
        return simple[kind](held)
    if kind == "map":
        return {_value(key): _value(item) for key, item in held}
    return tuple(_value(item) for item in held)


def _rebuilt(module: str, name: str, held: Mapping[str, Any]) -> Any:
    if not module.startswith(OWN):
        raise ValueError("a class of another house")
    kind = getattr(import_module(module), name, None)
    if not isinstance(kind, type) or not is_dataclass(kind):
        raise ValueError("no dataclass")
    return kind(**{key: _value(item) for key, item in held.items()})
