"""A strict CSV reader (standard-rules §2.1-2.3) that is fast and bounded in memory.

Stock readers break the rules silently: they fill short records with nulls, keep empty lines as rows, rename
equal headers. Here the *structure* is decided from the bytes of bounded chunks with NumPy, quote by quote; a
chunk is then rewritten without its structural quotes (delimiters and line ends inside quoted fields become
unused control characters), so that polars only has to cut it at delimiters, and the characters are put back.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl

from governance.validation.errors import EngineError, invalid, refuse
from governance.validation.folders import FileState, changed, open_plain, unreadable
from governance.validation.reading.parquet import MOST_COLUMNS, too_many_columns
from governance.validation.reading.records import Chunk, Ragged, parse_chunk

ROW = "_gavel_row"
ENCODINGS = {"utf-8": "utf-8", "gb18030": "gb18030", "latin-1": "latin-1"}
BLOCK = 8 << 20
"""Bytes read at a time."""
LONGEST_RECORD = 16 << 20
"""Bytes of one record, a cell of it included: what is longer is refused, mostly for a quote left open."""
UNPACK_LIMIT = 100 * 10**9
"""Most bytes a .gz may unpack to."""
IN_MEMORY = 4 * BLOCK
"""Tables up to about this many bytes stay in memory instead of scratch files."""


@dataclass(frozen=True)
class CsvSettings:
    """`gavelCsv` of standard-rules §1.5; encoding is utf-8, gb18030 or latin-1."""

    delimiter: str = ","
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        good = len(self.delimiter) == 1 and self.delimiter.isascii() and self.delimiter not in '"\r\n\x00'
        if not good or self.encoding not in ENCODINGS:
            raise invalid(
                "gavelCsv needs a one-character ASCII delimiter and an encoding of utf-8, gb18030, latin-1.",
                "gavelCsv 的 delimiter 须为一个 ASCII 字符，encoding 须为 utf-8、gb18030 或 latin-1。",
                {"parameter": "gavelCsv"},
            )


@dataclass(frozen=True)
class ParsedCsv:
    """A CSV file as text columns with record numbers."""

    frame: pl.LazyFrame
    columns: tuple[str, ...]
    rows: int
    sha256: str
    parts: tuple[Path, ...] = ()
    """Its scratch files; none where it stayed in memory."""


def read_csv(
    path: Path,
    settings: CsvSettings,
    declared: Sequence[str],
    *,
    gzipped: bool,
    scratch: Path,
    block: int = BLOCK,
    unpack_limit: int = UNPACK_LIMIT,
) -> ParsedCsv:
    """Parse the whole file; big tables are spooled as Parquet parts below `scratch`."""
    source = _Source(path, gzipped=gzipped, block=block, limit=unpack_limit)
    header: tuple[str, ...] | None = None
    store = _Store(scratch)
    try:
        for chunk in _chunks(source, settings):
            try:
                if header is None:
                    header = _header(chunk, settings, declared)
                store.add(chunk.frame(header), size=len(chunk.data))
            except Ragged as error:
                raise _ragged(error, store.rows) from error
        sha256 = source.sha256
    finally:
        source.close()
    if header is None:
        raise refuse("empty_file")
    return ParsedCsv(store.frame(header), header, store.rows, sha256, tuple(store.parts))


def _header(chunk: Chunk, settings: CsvSettings, declared: Sequence[str]) -> tuple[str, ...]:
    count = chunk.first_fields
    if count > MOST_COLUMNS:
        raise too_many_columns(count)
    names = chunk.take_first()
    if len(names) == 1 and names[0] not in declared:
        for other in {";", "\t", "|", ","} - {settings.delimiter}:
            if other in names[0] and any(part.strip('"') in declared for part in names[0].split(other)):
                raise refuse("wrong_delimiter", {"delimiter_seen": other})
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise refuse("duplicate_columns", {"columns": twice})
    if ROW in names:
        raise invalid(
            f"The column name {ROW} is reserved.",
            f"列名 {ROW} 为保留名称。",
            {"column": ROW},
            code="data_unreadable",
        )
    return tuple(names)


def _chunks(source: _Source, settings: CsvSettings) -> Iterator[Chunk]:
    """Chunks of whole records; what is left of a block is carried to the next."""
    delimiter = settings.delimiter.encode()
    rest = b""
    lines = 0
    for block, last in source.blocks(ENCODINGS[settings.encoding]):
        data = rest + block
        chunk = parse_chunk(data, delimiter, last=last)
        if chunk.problem is not None:
            raise invalid(
                "A quoted field is not well formed.",
                "带引号的字段格式有误。",
                {"line": lines + chunk.problem, "reason": "quote"},
                code="data_unreadable",
            )
        rest = data[chunk.consumed :]
        if len(rest) > LONGEST_RECORD:
            raise _too_long(lines + chunk.lines + 1)
        lines += chunk.lines
        if chunk.records:
            yield chunk


class _Source:
    """Blocks of UTF-8 bytes from a file, checked for encoding, hashed as stored, unpacked within a limit."""

    def __init__(self, path: Path, *, gzipped: bool, block: int, limit: int) -> None:
        self._raw = _Hashing(path)
        self._stream: _Hashing | gzip.GzipFile = self._raw
        if gzipped:
            self._stream = gzip.GzipFile(fileobj=cast(BinaryIO, self._raw), mode="rb")
        self._block = block
        self._limit = limit
        self._gzipped = gzipped

    @property
    def sha256(self) -> str:
        return self._raw.finish()

    def close(self) -> None:
        self._stream.close()
        self._raw.close()

    def blocks(self, encoding: str) -> Iterator[tuple[bytes, bool]]:
        """(UTF-8 bytes, is the last) with the byte order mark dropped."""
        decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
        held: bytes | None = None
        offset = 0
        first = True
        while True:
            raw = self._read()
            offset += len(raw)
            if self._gzipped and offset > self._limit:
                raise invalid(
                    "The .gz unpacks to more than is read.",
                    ".gz 解压后的大小超出读取上限。",
                    {"reason": "unpack_limit", "limit_bytes": self._limit},
                    code="data_unreadable",
                )
            try:
                text = decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as error:
                raise refuse(
                    "bad_encoding", {"encoding": encoding, "near_byte": offset - len(raw)}
                ) from error
            if first and text:
                text = text.removeprefix("\ufeff")
                first = False
            if held is not None:
                yield held, not raw
            if not raw:
                return
            held = text.encode()

    def _read(self) -> bytes:
        try:
            return self._stream.read(self._block)
        except (OSError, EOFError, zlib.error) as error:
            self._raw.check_same()
            raise unreadable(error) from error


class _Hashing:
    """A plain file that hashes what is read from it, and knows whether it stayed the same meanwhile.

    Rows and digest are about the very same bytes, as both come from this one reading.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open_plain(path)
        self._state = FileState.of(self._file.fileno())
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def finish(self) -> str:
        """Hex digest of what was read; raises `data_unreadable` where the file is no longer that."""
        self.check_same()
        return self._digest.hexdigest()

    def check_same(self) -> None:
        """Raise `data_unreadable` where the file changed since it was opened."""
        try:
            now = (FileState.of(self._file.fileno()), FileState.of(self._path))
        except OSError as error:
            raise changed(self._path.name) from error
        if not all(state.same(self._state) for state in now):
            raise changed(self._path.name)

    def close(self) -> None:
        self._file.close()


class _Store:
    """Rows as they come: in memory while few, then as Parquet parts with running record numbers."""

    def __init__(self, scratch: Path) -> None:
        self.rows = 0
        self._scratch = scratch
        self._frames: list[pl.DataFrame] = []
        self._size = 0
        self.parts: list[Path] = []

    def add(self, frame: pl.DataFrame, *, size: int) -> None:
        numbered = frame.with_row_index(ROW, offset=self.rows + 1).with_columns(pl.col(ROW).cast(pl.Int64))
        self.rows += frame.height
        self._frames.append(numbered)
        self._size += size
        if self._size > IN_MEMORY or self.parts:
            self._spill()

    def frame(self, header: tuple[str, ...]) -> pl.LazyFrame:
        if self.parts:
            return pl.scan_parquet(self.parts, glob=False)
        if not self._frames:
            return pl.LazyFrame(schema={ROW: pl.Int64, **dict.fromkeys(header, pl.String)})
        return pl.concat(self._frames, rechunk=True).lazy()

    def _spill(self) -> None:
        part = self._scratch / f"part-{len(self.parts):06d}.parquet"
        pl.concat(self._frames).write_parquet(part, compression="lz4", statistics=False)
        self.parts.append(part)
        self._frames.clear()
        self._size = 0


def _too_long(line: int) -> EngineError:
    megabytes = LONGEST_RECORD >> 20
    return invalid(
        f"The record that begins in line {line} is longer than {megabytes} MB; perhaps a quote is open.",
        f"第 {line} 行开始的记录超过 {megabytes} MB；可能有未闭合的引号。",
        {"line": line, "reason": "record_too_long", "limit_bytes": LONGEST_RECORD},
        code="data_unreadable",
    )


def _ragged(error: Ragged, rows_before: int) -> EngineError:
    detail = {"record": rows_before + error.index + 1, "fields": error.fields, "expected": error.expected}
    return invalid(
        f"Record {detail['record']} has {error.fields} fields, the header has {error.expected}.",
        f"第 {detail['record']} 条记录有 {error.fields} 个字段，表头有 {error.expected} 个。",
        detail,
        code="ragged_rows",
    )
