"""Parquet files whose footer says something else than their pages, by Thrift's compact protocol."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from typing import Any

import polars as pl

Field = list[Any]
"""[number, wire type, value]; structs are lists of them, lists are (wire type, items)."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        number = shift = 0
        while (byte := self.byte()) >= 0x80:
            number |= (byte & 0x7F) << shift
            shift += 7
        return number | byte << shift

    def zigzag(self) -> int:
        number = self.varint()
        return (number >> 1) ^ -(number & 1)

    def struct(self) -> list[Field]:
        fields: list[Field] = []
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.zigzag()
            fields.append([number, head & 15, self.value(head & 15)])
        return fields

    def value(self, kind: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self.byte()
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 8:
            length = self.varint()
            self.at += length
            return self.data[self.at - length : self.at]
        if kind == 9:
            head = self.byte()
            count = head >> 4 if head >> 4 < 15 else self.varint()
            return (head & 15, [self.value(head & 15) for _ in range(count)])
        return self.struct()


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _zigzag(number: int) -> bytes:
    return _varint(number << 1 if number >= 0 else (-number << 1) - 1)


def _struct(fields: list[Field]) -> bytes:
    out, last = b"", 0
    for number, kind, value in fields:
        shown = (1 if value else 2) if kind in (1, 2) else kind
        step = number - last
        out += bytes([step << 4 | shown]) if 0 < step < 16 else bytes([shown]) + _zigzag(number)
        out += b"" if kind in (1, 2) else _encoded(kind, value)
        last = number
    return out + b"\0"


def _encoded(kind: int, value: Any) -> bytes:
    if kind == 3:
        return bytes([value])
    if kind in (4, 5, 6):
        return _zigzag(value)
    if kind == 8:
        return _varint(len(value)) + value
    if kind == 9:
        of, items = value
        head = bytes([len(items) << 4 | of]) if len(items) < 15 else bytes([0xF0 | of]) + _varint(len(items))
        return head + b"".join(_encoded(of, item) for item in items)
    return _struct(value)


def parquet(frame: pl.DataFrame, **options: Any) -> bytes:
    """The frame as Parquet bytes."""
    out = io.BytesIO()
    frame.write_parquet(out, **options)
    return out.getvalue()


def lying(honest: bytes, change: Callable[[list[Field]], None]) -> bytes:
    """The file with its footer changed."""
    length = int.from_bytes(honest[-8:-4], "little")
    body, footer = honest[: -8 - length], _Reader(honest[-8 - length : -8]).struct()
    footer = copy.deepcopy(footer)
    change(footer)
    encoded = _struct(footer)
    return body + encoded + len(encoded).to_bytes(4, "little") + b"PAR1"


def put(value: Any, *path: int) -> Callable[[list[Field]], None]:
    """A change that sets one value: field numbers of structs, places of lists."""

    def change(footer: list[Field]) -> None:
        *head, last = path
        node: Any = footer
        for step in head:
            node = step_into(node, step)
        if isinstance(node, tuple):
            node[1][last] = value
        else:
            next(field for field in node if field[0] == last)[2] = value

    return change


def step_into(node: Any, step: int) -> Any:
    """A field of a struct, or an item of a list."""
    return node[1][step] if isinstance(node, tuple) else next(field for field in node if field[0] == step)[2]
