"""Cutting a block of CSV bytes into whole records: RFC 4180 quoting decided quote by quote, without loss."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Positions = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]

QUOTE, LF, CR = 0x22, 0x0A, 0x0D
STAND_INS = tuple(code for code in (*range(0x01, 0x20), 0x7F) if code not in (0x09, LF, CR))
"""Control characters that may stand for a delimiter or line end inside quotes where the block lacks them."""


class Ragged(Exception):
    """A record with another number of fields than the header; `index` counts records of the chunk from 0."""

    def __init__(self, index: int, fields: int, expected: int) -> None:
        super().__init__(f"record {index}: {fields} fields, expected {expected}")
        self.index = index
        self.fields = fields
        self.expected = expected


@dataclass(frozen=True)
class _Quotes:
    """Quoted regions (open, close positions) and the structural quotes that are not part of any text."""

    opens: Positions
    closes: Positions
    dropped: Positions
    problem: int | None = None

    def outside(self, positions: Positions) -> Positions:
        """Those of the positions that lie in no quoted region."""
        if not self.opens.size:
            return positions
        depth = np.searchsorted(self.opens, positions) - np.searchsorted(self.closes, positions)
        free: Positions = positions[depth == 0]
        return free

    def inside(self, positions: Positions, begin: int) -> Positions:
        """Those of the positions, counted from `begin`, that lie in a quoted region."""
        if not self.opens.size:
            return self.opens
        places = positions + begin
        depth = np.searchsorted(self.opens, places) - np.searchsorted(self.closes, places)
        held: Positions = positions[depth > 0]
        return held


@dataclass
class Chunk:
    """Whole records of one block. `problem` is the line (1-based, in the block) of a malformed quote."""

    data: Bytes
    delimiter: int
    consumed: int
    lines: int
    starts: Positions
    ends: Positions
    delimiters: Positions
    quotes: _Quotes
    problem: int | None

    @property
    def records(self) -> int:
        """Number of records, empty lines left out."""
        return int(self.starts.size)

    @property
    def first_fields(self) -> int:
        """Number of fields of the first record."""
        first, last = np.searchsorted(self.delimiters, [self.starts[0], self.ends[0]])
        return int(last - first) + 1

    def take_first(self) -> list[str]:
        """Remove and return the first record (the header)."""
        fields = [field or "" for field in self._fields(0)]
        self.starts, self.ends = self.starts[1:], self.ends[1:]
        return fields

    def frame(self, header: tuple[str, ...]) -> pl.DataFrame:
        """The records as String columns, zero-length fields null; raises Ragged."""
        width = len(header)
        first = np.searchsorted(self.delimiters, self.starts)
        counts = np.searchsorted(self.delimiters, self.ends) - first + 1
        wrong = np.flatnonzero(counts != width)
        if wrong.size:
            index = int(wrong[0])
            raise Ragged(index, int(counts[index]), width)
        if not self.records:
            return pl.DataFrame(schema=dict.fromkeys(header, pl.String))
        return self._cut(header)

    def _cut(self, header: tuple[str, ...]) -> pl.DataFrame:
        begin, end = int(self.starts[0]), int(self.ends[-1])
        block = self.data[begin:end].copy()
        keep = np.ones(block.size, dtype=bool)
        keep[_within(self.quotes.dropped, begin, end)] = False
        keep[self._gaps(begin, end)] = False
        inner_newlines = self.quotes.inside(np.flatnonzero(block == LF), begin)
        inner_delimiters = self.quotes.inside(np.flatnonzero(block == self.delimiter), begin)
        returns = np.flatnonzero((block == CR) & keep)
        put_back: dict[str, str] = {}
        for positions, byte in ((inner_newlines, LF), (inner_delimiters, self.delimiter), (returns, CR)):
            if positions.size:
                stand_in = _unused(block, put_back)
                if stand_in is None:
                    return self._slow(header)
                block[positions] = stand_in
                put_back[chr(stand_in)] = chr(byte)
        frame = _split(block[keep].tobytes(), chr(self.delimiter), header)
        if frame.height != self.records:
            return self._slow(header)
        return _restore(frame, put_back)

    def _gaps(self, begin: int, end: int) -> Positions:
        """Bytes between records but for one line end each: carriage returns and empty lines."""
        lasts, nexts = self.ends[:-1], self.starts[1:]
        wide = np.flatnonzero(nexts - lasts > 1)
        if not wide.size:
            return np.empty(0, dtype=np.intp)
        marks = np.zeros(end - begin + 1, dtype=np.int8)
        # Each gap ends with the line end that is kept: [last, next - 1) goes.
        np.add.at(marks, lasts[wide] - begin, 1)
        np.add.at(marks, nexts[wide] - 1 - begin, -1)
        return np.flatnonzero(np.cumsum(marks[:-1], dtype=np.int8))

    def _slow(self, header: tuple[str, ...]) -> pl.DataFrame:
        """Field by field, for blocks that hold every control character or that polars cuts otherwise."""
        rows = [self._fields(index) for index in range(self.records)]
        return pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")

    def _fields(self, index: int) -> list[str | None]:
        start, end = int(self.starts[index]), int(self.ends[index])
        low, high = np.searchsorted(self.delimiters, [start, end])
        cuts = [int(cut) for cut in self.delimiters[low:high]]
        bounds = zip([start, *(cut + 1 for cut in cuts)], [*cuts, end], strict=True)
        return [_field(self.data[left:right].tobytes()) for left, right in bounds]


def parse_chunk(data: bytes, delimiter: bytes, *, last: bool) -> Chunk:
    """Find the whole records of a block that begins at a record; `last` means nothing follows it."""
    block = np.frombuffer(data, dtype=np.uint8)
    quotes = _find_quotes(data, block, delimiter[0], last=last)
    newlines = np.flatnonzero(block == LF)
    line_ends = quotes.outside(newlines)
    stops = line_ends
    if last and block.size and (not stops.size or stops[-1] != block.size - 1):
        stops = np.append(stops, block.size)
    consumed = min(int(stops[-1]) + 1, block.size) if stops.size else 0
    starts = np.concatenate((np.zeros(1, dtype=np.intp), stops[:-1] + 1)) if stops.size else stops
    ends = stops.copy()
    if stops.size:
        crlf = (ends > starts) & (ends < block.size) & (block[np.maximum(ends - 1, 0)] == CR)
        ends -= crlf
    filled = ends > starts
    delimiters = quotes.outside(np.flatnonzero(block[:consumed] == delimiter[0]))
    problem = quotes.problem
    return Chunk(
        data=block,
        delimiter=delimiter[0],
        consumed=consumed,
        lines=int(np.searchsorted(newlines, consumed)),
        starts=starts[filled],
        ends=ends[filled],
        delimiters=delimiters,
        quotes=quotes,
        problem=None if problem is None else int(np.searchsorted(newlines, problem)) + 1,
    )


def _find_quotes(data: bytes, block: Bytes, delimiter: int, *, last: bool) -> _Quotes:
    """Quoted regions of the block.

    First the usual case is tried for all quotes at once: they open and close by turns, every opening one
    stands at the start of a field or doubles the one before it, every closing one stands at the end of a
    field or is doubled. Where that holds everywhere it is, by induction from the first quote, the RFC 4180
    reading. Else they are walked one by one.
    """
    found = np.flatnonzero(block == QUOTE)
    none = np.empty(0, dtype=np.intp)
    if not found.size:
        return _Quotes(none, none, none)
    opens, closes = found[0::2], found[1::2]
    before = np.where(opens > 0, block[np.maximum(opens - 1, 0)], LF)
    after = _byte_after(block, closes)
    doubled = np.zeros(opens.size, dtype=bool)
    doubled[1:] = opens[1:] == closes[: opens.size - 1] + 1
    final = after != QUOTE
    carriage = (after == CR) & (_byte_after(block, closes + 1) == LF)
    if last:
        carriage &= closes + 2 < block.size
    regular = bool(
        np.all(doubled | (before == delimiter) | (before == LF))
        and np.all(~final | (after == delimiter) | (after == LF) | carriage)
        and (not last or opens.size == closes.size)
    )
    if regular:
        return _Quotes(opens, closes, np.sort(np.concatenate((opens, closes[final]))))
    return _walk(data, [int(place) for place in found], delimiter, last=last)


def _walk(data: bytes, found: list[int], delimiter: int, *, last: bool) -> _Quotes:
    """The exact reading of each quote in turn; one inside an unquoted field is text."""
    opens: list[int] = []
    closes: list[int] = []
    dropped: list[int] = []
    problem: int | None = None
    field_ends = (delimiter, LF)
    index, total = 0, len(found)
    while index < total:
        place = found[index]
        index += 1
        if place > 0 and data[place - 1] not in field_ends:
            continue
        opens.append(place)
        dropped.append(place)
        while index + 1 < total and found[index + 1] == found[index] + 1:
            dropped.append(found[index])
            index += 2
        if index == total:
            problem = place if last else None
            break
        close = found[index]
        index += 1
        closes.append(close)
        dropped.append(close)
        tail = data[close + 1 : close + 3]
        cut_off = not last and tail in (b"", b"\r")
        if tail and tail[0] not in field_ends and tail != b"\r\n" and not cut_off:
            problem = close
            break
    return _Quotes(_positions(opens), _positions(closes), _positions(dropped), problem)


def _positions(places: list[int]) -> Positions:
    return np.array(places, dtype=np.intp)


def _byte_after(block: Bytes, positions: Positions) -> npt.NDArray[np.int16]:
    """The byte after each position; past the end counts as a line end."""
    inside = positions + 1 < block.size
    return np.where(inside, block[np.minimum(positions + 1, block.size - 1)], LF).astype(np.int16)


def _within(positions: Positions, begin: int, end: int) -> Positions:
    low, high = np.searchsorted(positions, [begin, end])
    shifted: Positions = positions[low:high] - begin
    return shifted


def _unused(block: Bytes, taken: dict[str, str]) -> int | None:
    present = np.zeros(256, dtype=bool)
    present[block] = True
    return next((code for code in STAND_INS if not present[code] and chr(code) not in taken), None)


def _split(data: bytes, delimiter: str, header: tuple[str, ...]) -> pl.DataFrame:
    if len(header) == 1:
        cells = [cell or None for cell in data.decode().split("\n")]
        return pl.DataFrame({header[0]: pl.Series(cells, dtype=pl.String)})
    # A first line of our own keeps polars from taking a U+FEFF of the data for a byte order mark.
    heading = delimiter.join(f"c{index}" for index in range(len(header))).encode() + b"\n"
    frame = pl.read_csv(io.BytesIO(heading + data), separator=delimiter, quote_char=None, infer_schema=False)
    frame.columns = list(header)
    return frame


def _restore(frame: pl.DataFrame, put_back: dict[str, str]) -> pl.DataFrame:
    if not put_back:
        return frame
    text = pl.all()
    for stand_in, original in put_back.items():
        text = text.str.replace_all(stand_in, original, literal=True)
    return frame.with_columns(text)


def _field(raw: bytes) -> str | None:
    if raw[:1] == b'"':
        raw = raw[1:-1].replace(b'""', b'"')
    return raw.decode() or None
