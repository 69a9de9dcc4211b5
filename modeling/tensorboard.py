"""A run's curves as a TensorBoard event file, written by hand: TFRecord frames around Event messages.

A frame is: length (8 bytes), masked CRC-32C of the length, the message, its masked CRC-32C. A message is
protobuf: Event{1 wall_time, 2 step, 3 file_version, 5 summary{1 value{1 tag, 2 simple_value}}}.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

POLYNOMIAL = 0x82F63B78
MASK_DELTA = 0xA282EAD8
VERSION = "brain.Event:2"
LARGEST_SINGLE = 3.4028234663852886e38


def _table() -> tuple[int, ...]:
    rows = []
    for value in range(256):
        for _bit in range(8):
            value = (value >> 1) ^ (POLYNOMIAL if value & 1 else 0)
        rows.append(value)
    return tuple(rows)


TABLE = _table()


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `at` in seconds since 1970."""

    tag: str
    step: int
    value: float
    at: float


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli)."""
    found = 0xFFFFFFFF
    for byte in data:
        found = TABLE[(found ^ byte) & 0xFF] ^ (found >> 8)
    return found ^ 0xFFFFFFFF


def _masked(data: bytes) -> bytes:
    found = crc32c(data)
    return struct.pack("<I", ((found >> 15 | found << 17) + MASK_DELTA) & 0xFFFFFFFF)


def _frame(message: bytes) -> bytes:
    length = struct.pack("<Q", len(message))
    return length + _masked(length) + message + _masked(message)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _scalar(scalar: Scalar) -> bytes:
    """A value beyond what 4 bytes hold is written as the largest they do."""
    value = scalar.value
    if not math.isnan(value):
        value = max(-LARGEST_SINGLE, min(LARGEST_SINGLE, value))
    one = _bytes_field(1, scalar.tag.encode()) + b"\x15" + struct.pack("<f", value)
    event = b"\x09" + struct.pack("<d", scalar.at) + b"\x10" + _varint(scalar.step)
    return event + _bytes_field(5, _bytes_field(1, one))


def event_file(started: float, scalars: Iterable[Scalar]) -> Iterator[bytes]:
    """The frames of an event file; `started` in seconds since 1970."""
    yield _frame(b"\x09" + struct.pack("<d", started) + _bytes_field(3, VERSION.encode()))
    for scalar in scalars:
        yield _frame(_scalar(scalar))
