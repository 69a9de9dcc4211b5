"""What a Parquet file says about itself, checked before a row of it is believed.

Readers take the footer's word: polars drops rows where a row group claims fewer than its pages hold, panics
where it claims more, and allocates what a page header asks for. So the footer, the chunks and the headers of
the pages must agree, and nothing may be larger than the limits below. Statistics are never used (`Scan`), so
they need not be true.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from governance.validation.errors import EngineError, invalid
from governance.validation.folders import leads_out, open_plain, unreadable
from governance.validation.reading.thrift import Malformed, Reader, Struct

MAGIC: Final = b"PAR1"
ENCRYPTED_MAGIC: Final = b"PARE"
MOST_COLUMNS: Final = 10_000
"""Columns of a table, whatever its format."""
LONGEST_FOOTER: Final = 64 << 20
LARGEST_PAGE: Final = 512 << 20
"""Bytes a page may unpack to."""
LARGEST_GROUP: Final = 8 << 30
"""Bytes the pages of a row group may unpack to: a row group is decoded as one."""
MOST_GROUP_ROWS: Final = 1 << 26
"""Rows of a row group: a run of one value takes no bytes at all, so bytes bound nothing."""
MOST_PAGES: Final = 2_000_000
_HEADER_READS: Final = (256, 1 << 16, 1 << 24)
_DATA_PAGE, _DATA_PAGE_V2 = 0, 3


@dataclass(frozen=True)
class _Leaf:
    name: str
    repeated: bool


def check_parquet(path: Path, entry: str) -> None:
    """Raise `data_unreadable` unless the file agrees with itself; the refusal names it `entry`."""
    try:
        with open_plain(path) as stream:
            _File(stream.fileno(), entry).check()
    except OSError as error:
        raise unreadable(error) from error


class _File:
    """One pass over footer and page headers; a few hundred bytes are read per page."""

    def __init__(self, handle: int, entry: str) -> None:
        self._handle = handle
        self._entry = entry
        self._size = os.fstat(handle).st_size
        self._end = self._size
        self._pages = 0

    def check(self) -> None:
        footer = self._footer()
        try:
            self._check(footer)
        except (Malformed, KeyError, TypeError, AttributeError, IndexError) as error:
            raise self._wrong("footer_malformed") from error

    def _footer(self) -> Struct:
        tail = self._read(self._size - 8, 8) if self._size >= 12 else b""
        if tail[4:] == ENCRYPTED_MAGIC:
            raise self._wrong("encrypted")
        if tail[4:] != MAGIC or self._read(0, 4) != MAGIC:
            raise self._wrong("not_parquet")
        length = int.from_bytes(tail[:4], "little")
        self._end = self._size - 8 - length
        if self._end < 4:
            raise self._wrong("footer_length")
        if length > LONGEST_FOOTER:
            raise self._wrong("footer_too_long", limit_bytes=LONGEST_FOOTER)
        try:
            return Reader(self._read(self._end, length)).struct()
        except Malformed as error:
            raise self._wrong("footer_malformed") from error

    def _check(self, footer: Struct) -> None:
        if 8 in footer:
            raise self._wrong("encrypted")
        leaves = list(_leaves(footer[2]))
        if len(leaves) > MOST_COLUMNS:
            raise too_many_columns(len(leaves))
        groups: list[Struct] = footer.get(4, [])
        for place, group in enumerate(groups, start=1):
            rows = group[3]
            if rows < 0 or rows > MOST_GROUP_ROWS:
                raise self._wrong("row_group_rows", row_group=place, limit_rows=MOST_GROUP_ROWS)
            if len(group[1]) != len(leaves):
                raise self._wrong("columns_differ", row_group=place)
            unpacked = sum(
                self._chunk(chunk, leaf, rows, place) for chunk, leaf in zip(group[1], leaves, strict=True)
            )
            if unpacked > LARGEST_GROUP:
                raise self._wrong("row_group_too_large", row_group=place, limit_bytes=LARGEST_GROUP)
        if sum(group[3] for group in groups) != footer[3]:
            raise self._wrong("row_counts_differ")

    def _chunk(self, chunk: Struct, leaf: _Leaf, rows: int, group: int) -> int:
        """Bytes the pages of one column chunk unpack to; their values must be those of the row group."""
        where = {"row_group": group, "column": leaf.name}
        if chunk.get(1):
            raise leads_out(self._entry)
        if 8 in chunk or 9 in chunk or 3 not in chunk:
            raise self._wrong("encrypted", **where)
        facts = chunk[3]
        values, packed, data_at = facts[5], facts[7], facts[9]
        if not leaf.repeated and values != rows:
            raise self._wrong("value_counts_differ", **where)
        if values == 0 and packed == 0:
            return 0
        start = facts.get(11) or data_at
        end = start + packed
        if not 4 <= start <= data_at < end <= self._end:
            raise self._wrong("chunk_outside_file", **where)
        counted = unpacked = 0
        while start < end:
            header, start = self._page(start, end, where)
            unpacked += header[2]
            if header[1] in (_DATA_PAGE, _DATA_PAGE_V2):
                counted += (header[5] if header[1] == _DATA_PAGE else header[8])[1]
        if counted != values:
            raise self._wrong("value_counts_differ", **where)
        return unpacked

    def _page(self, at: int, end: int, where: dict[str, Any]) -> tuple[Struct, int]:
        """Header of the page at a position, and where the next one begins."""
        self._pages += 1
        if self._pages > MOST_PAGES:
            raise self._wrong("too_many_pages", limit=MOST_PAGES)
        header, after = self._header(at, end, where)
        following = after + header[3]
        if header[3] < 0 or header[2] < 0 or following > end:
            raise self._wrong("page_outside_chunk", **where)
        if header[2] > LARGEST_PAGE:
            raise self._wrong("page_too_large", **where, limit_bytes=LARGEST_PAGE)
        return header, following

    def _header(self, at: int, end: int, where: dict[str, Any]) -> tuple[Struct, int]:
        for length in _HEADER_READS:
            reader = Reader(self._read(at, min(length, end - at)))
            try:
                return reader.struct(), at + reader.at
            except Malformed as error:
                if not error.cut_off:
                    break
        raise self._wrong("page_malformed", **where)

    def _read(self, at: int, count: int) -> bytes:
        data = os.pread(self._handle, count, at)
        if len(data) != count:
            raise self._wrong("cut_off")
        return data

    def _wrong(self, reason: str, **where: object) -> EngineError:
        return invalid(
            "The Parquet file contradicts itself, is damaged, or is larger than the limits allow.",
            "Parquet 文件自相矛盾、已损坏或超出限制。",
            {"entry": self._entry, "reason": reason, **where},
            code="data_unreadable",
        )


def too_many_columns(count: int) -> EngineError:
    """The refusal of a table wider than any of ours may be."""
    return invalid(
        f"The data has {count} columns; at most {MOST_COLUMNS} are read.",
        f"数据有 {count} 列；最多读取 {MOST_COLUMNS} 列。",
        {"reason": "too_many_columns", "columns": count, "limit": MOST_COLUMNS},
        code="data_unreadable",
    )


def _leaves(schema: list[Struct]) -> Iterator[_Leaf]:
    """The stored columns in order, from the flattened tree of the footer; raises Malformed."""
    open_groups: list[tuple[int, bool, str]] = [(1, False, "")]
    for element in schema:
        while open_groups and open_groups[-1][0] == 0:
            open_groups.pop()
        if not open_groups:
            raise Malformed
        left, repeated, prefix = open_groups.pop()
        open_groups.append((left - 1, repeated, prefix))
        root = element is schema[0]
        name = "" if root else prefix + bytes(element[4]).decode(errors="replace")
        repeated = repeated or (not root and element.get(3) == 2)
        children = element.get(5, 0)
        if children < 0 or len(open_groups) > 100:
            raise Malformed
        if children or root:
            open_groups.append((children, repeated, name + "." if name else ""))
        else:
            yield _Leaf(name, repeated)
    if any(left for left, _, _ in open_groups):
        raise Malformed
