"""The file that people, teams, departments and memberships are imported from and exported to.

One CSV with a column `kind`; header names, kinds and words in English or Chinese, whatever the order. Read as
Excel writes it in China: UTF-8 with or without byte order mark, else GB18030; commas, semicolons or tabs.
Knows no database: what a row may mean for the rows there are is decided by `services.people_import`.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_BYTES = 2**20
MOST_ROWS = 5_000

COLUMNS = (
    "kind",
    "code",
    "name",
    "name_zh",
    "parent",
    "head",
    "function",
    "email",
    "language",
    "department",
    "active",
    "team",
    "person",
    "since",
    "until",
)
ALLOWED = {
    "department": frozenset({"code", "name", "name_zh", "parent", "head"}),
    "team": frozenset({"code", "name", "name_zh", "function"}),
    "person": frozenset({"code", "name", "name_zh", "email", "language", "department", "active"}),
    "service": frozenset({"code", "name", "name_zh", "email", "language", "department", "active"}),
    "membership": frozenset({"team", "person", "since", "until"}),
}
NEEDED = {
    "department": ("code", "name"),
    "team": ("code", "name", "function"),
    "person": ("code", "name"),
    "service": ("code", "name"),
    "membership": ("team", "person"),
}
HEADERS_ZH = {
    "类型": "kind",
    "编码": "code",
    "名称": "name",
    "中文名称": "name_zh",
    "上级部门": "parent",
    "负责人": "head",
    "职能": "function",
    "邮箱": "email",
    "语言": "language",
    "部门": "department",
    "在职": "active",
    "团队": "team",
    "人员": "person",
    "开始日期": "since",
    "结束日期": "until",
}
WORDS_ZH = {
    "kind": {
        "部门": "department",
        "团队": "team",
        "人员": "person",
        "服务账号": "service",
        "成员": "membership",
    },
    "function": {"治理": "governance", "工程": "engineering", "产品": "product", "运营": "operations"},
    "language": {"英文": "en", "简体中文": "zh-hans", "中文": "zh-hans", "zh": "zh-hans", "zh-cn": "zh-hans"},
    "active": {"是": "yes", "否": "no", "true": "yes", "false": "no", "1": "yes", "0": "no"},
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
QUOTE = "'"


class FileFault(Exception):
    """The bytes are no such file; `code` says why, `detail` which column where one is meant."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row by column name; a column the file lacks is not in `cells`, an empty cell is ""."""

    line: int
    cells: dict[str, str]

    @property
    def kind(self) -> str:
        return self.cells.get("kind", "")


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """The rows of a file and how it was encoded."""

    encoding: str
    rows: tuple[FileRow, ...]


def read(content: bytes) -> PeopleFile:
    """The rows of the bytes. Raises FileFault."""
    if len(content) > MOST_BYTES:
        raise FileFault("too_large")
    text, encoding = _text(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = _header(next(reader, []))
        rows = tuple(_rows(reader, header))
    except csv.Error as error:
        raise FileFault("malformed", str(reader.line_num)) from error
    if not rows:
        raise FileFault("empty")
    return PeopleFile(encoding, rows)


def _text(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileFault("encoding")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), "utf-8" if encoding == "utf-8-sig" else encoding
        except UnicodeDecodeError:
            continue
    raise FileFault("encoding")


def _delimiter(text: str) -> str:
    """The sign that parts the header's names: a comma unless there is none."""
    first = text.split("\n", 1)[0]
    return next((sign for sign in (",", ";", "\t") if sign in first), ",")


def _header(cells: list[str]) -> list[str]:
    names = []
    for cell in cells:
        name = cell.strip()
        found = HEADERS_ZH.get(name, name.lower())
        if found not in COLUMNS:
            raise FileFault("unknown_column", name[:40])
        if found in names:
            raise FileFault("column_twice", name[:40])
        names.append(found)
    if "kind" not in names:
        raise FileFault("no_kind")
    return names


def _rows(reader: Iterable[list[str]], header: list[str]) -> Iterator[FileRow]:
    """Rows with something in them; the line is that of a row's last line, the header being line 1."""
    count = 0
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        count += 1
        if count > MOST_ROWS:
            raise FileFault("too_many_rows")
        if len(row) > len(header):
            raise FileFault("row_too_long", str(getattr(reader, "line_num", count + 1)))
        cells = dict.fromkeys(header, "")
        cells |= {name: _cell(name, cell) for name, cell in zip(header, row, strict=False)}
        yield FileRow(int(getattr(reader, "line_num", count + 1)), cells)


def _cell(column: str, cell: str) -> str:
    """What the cell says: a guarded formula without its guard, a Chinese word as the English one."""
    text = cell.strip(" ")
    if text.startswith(QUOTE) and text[1:].startswith((*FORMULA, QUOTE)):
        text = text[1:]
    known = WORDS_ZH.get(column)
    if known is None:
        return text
    return known.get(text, known.get(text.lower(), text.lower()))


def write(rows: Iterable[dict[str, str]]) -> Iterator[str]:
    """The file, line by line, for Excel: UTF-8 text that begins with a byte order mark, no live formula."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    yield "\ufeff"
    writer.writerow(COLUMNS)
    for row in rows:
        yield _taken(line)
        writer.writerow([guarded(row.get(name, "")) for name in COLUMNS])
    yield _taken(line)


def _taken(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; reading takes the guard away again."""
    return f"{QUOTE}{text}" if text.startswith((*FORMULA, QUOTE)) else text
