"""The items of a dossier within a size that can be read and printed, saying what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance.record.canonical import canonical_bytes

MOST_BYTES = 200_000
KEPT_FREE = 20_000
"""For what stands on the cover beside the items."""


def fitted(items: list[dict[str, Any]], most: int = MOST_BYTES - KEPT_FREE) -> dict[str, Any]:
    """{items, sizes, left_out}: while all are too large, the longest list of the largest item is halved.

    sizes: bytes of each item by key. left_out: entries left out by place in the item.
    """
    left: dict[str, int] = {}
    sizes = {item["key"]: _size(item) for item in items}
    by_key = {item["key"]: _copied(item) for item in items}
    while sum(sizes.values()) > most:
        for key in sorted(sizes, key=sizes.__getitem__, reverse=True):
            if _halve(key, by_key[key]["data"], left):
                sizes[key] = _size(by_key[key])
                break
        else:
            break  # nothing but single entries is left
    return {"items": list(by_key.values()), "sizes": sizes, "left_out": left}


def _size(item: dict[str, Any]) -> int:
    return len(canonical_bytes(item))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list | tuple) else value


def _halve(key: str, data: dict[str, Any], left: dict[str, int]) -> bool:
    """Cut the longest list to its first half; False where no list has two entries."""
    place, longest = max(_lists(key, data), key=lambda found: len(found[1]), default=("", []))
    if len(longest) < 2:
        return False
    gone = len(longest) // 2
    del longest[-gone:]
    left[place] = left.get(place, 0) + gone
    return True


def _lists(place: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lists(f"{place}.{name}", inner)
    elif isinstance(value, list):
        yield place, value
