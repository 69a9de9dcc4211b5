"""Canonical JSON and digests over it (committee-rules §12)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_SCALARS = frozenset({str, int, bool, type(None)})


class CanonicalError(ValueError):
    """No canonical form: a float, a key that is no text, an unpaired surrogate, an unknown type."""


def canonical_bytes(value: object) -> bytes:
    """The one byte string that stands for `value`.

    Keys sorted by code point, no blanks, `,` and `:` as separators, UTF-8 unescaped except what JSON demands,
    integers only. Mappings, lists, tuples, text, integers, booleans and None are allowed.
    Raises CanonicalError for anything else: equal values must never have two spellings.
    """
    try:
        return plain_bytes(value if _is_plain(value) else _plain(value))
    except UnicodeEncodeError as fault:
        raise CanonicalError("text holds an unpaired surrogate") from fault
    except RecursionError as fault:
        raise CanonicalError("value is nested too deeply") from fault


def plain_bytes(value: object) -> bytes:
    """`canonical_bytes` of what is known to be dicts, lists, text, integers, booleans and None."""
    return _ENCODER.encode(value).encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """SHA-256 of `data`, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def digest_of(value: object) -> str:
    """`sha256:<hex>` of the canonical bytes of `value`: the name a decision gives to the thing decided."""
    return "sha256:" + sha256_hex(canonical_bytes(value))


def _is_plain(value: Any) -> bool:
    # Most values are: then nothing need be copied.
    kind = type(value)
    if kind is dict:
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    return all(map(_is_plain, value)) if kind is list else kind in _SCALARS


def _plain(value: object) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise CanonicalError(f"{type(value).__name__} has no canonical form")


def _key(key: object) -> str:
    # json.dumps would silently turn 1, True and None into text: two values, one spelling.
    if not isinstance(key, str):
        raise CanonicalError("a key is not text")
    return key
