"""Just enough of Thrift's compact protocol to read what a Parquet file says about itself.

The text is hostile until proven otherwise: every length is checked against what is there, depth is bounded,
and whatever does not parse is `Malformed`.
"""

from __future__ import annotations

from typing import Any, Final

MOST_DEPTH: Final = 16
_MOST_BITS: Final = 70

Struct = dict[int, Any]
"""Field number → bool, int, bytes, list or Struct."""


class Malformed(Exception):
    """The bytes are no such structure; `cut_off` where more bytes might have made them one."""

    def __init__(self, *, cut_off: bool = False) -> None:
        super().__init__("cut off" if cut_off else "malformed")
        self.cut_off = cut_off


class Reader:
    """Reads structures one after the other; `at` is the position behind what was read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def struct(self, depth: int = 0) -> Struct:
        """One structure; raises Malformed."""
        if depth > MOST_DEPTH:
            raise Malformed
        found: Struct = {}
        number = 0
        while True:
            head = self._byte()
            if head == 0:
                return found
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            found[number] = self._value(head & 0x0F, depth)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            return self._bytes(8)
        if kind == 8:
            return self._bytes(self._varint())
        if kind in (9, 10):
            return self._list(depth + 1)
        if kind == 12:
            return self.struct(depth + 1)
        raise Malformed  # maps do not occur in Parquet's structures

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count, kind = head >> 4, head & 0x0F
        if count == 15:
            count = self._varint()
        if depth > MOST_DEPTH or count > len(self._data) - self.at:
            raise Malformed(cut_off=depth <= MOST_DEPTH)
        if kind in (1, 2):
            return [self._byte() == 1 for _ in range(count)]
        return [self._value(kind, depth) for _ in range(count)]

    def _byte(self) -> int:
        if self.at >= len(self._data):
            raise Malformed(cut_off=True)
        self.at += 1
        return self._data[self.at - 1]

    def _bytes(self, count: int) -> bytes:
        if count > len(self._data) - self.at:
            raise Malformed(cut_off=True)
        self.at += count
        return self._data[self.at - count : self.at]

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7
            if shift > _MOST_BITS:
                raise Malformed

    def _zigzag(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)
