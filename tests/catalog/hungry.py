"""An engine call that wants much memory; a module of its own, because an engine process loads no Django."""

from __future__ import annotations


def hungry(count: int, _progress: object) -> int:
    """Fill so many bytes."""
    return len(bytearray(count))
