"""The strict CSV reader: every refusal, every corner of quoting, agreement with a naive reader."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.validation.errors import EngineError
from governance.validation.reading import CsvSettings, open_table
from governance.validation.reading import csv as reader


def rows_of(path: Path, settings_: CsvSettings = CsvSettings(), **named: object) -> list[tuple[object, ...]]:  # noqa: B008
    """Header and rows without record numbers."""
    with open_table(path, csv=settings_, **named) as table:  # type: ignore[arg-type]
        return [table.columns, *table.frame.drop("_gavel_row").collect().rows()]


def written(tmp_path: Path, data: bytes, name: str = "data.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


READINGS: dict[str, tuple[bytes, list[tuple[object, ...]]]] = {
    "plain": (b"a,b\n1,2\n", [("a", "b"), ("1", "2")]),
    "no last newline": (b"a,b\n1,2", [("a", "b"), ("1", "2")]),
    "crlf": (b"a,b\r\n1,2\r\n", [("a", "b"), ("1", "2")]),
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n", [("a", "b"), ("1", "2")]),
    "a mark inside is text": (b"a,b\n\xef\xbb\xbf1,2\n", [("a", "b"), ("\ufeff1", "2")]),
    "quoted header": (b'"a","b ""c"""\n1,2\n', [("a", 'b "c"'), ("1", "2")]),
    "newline in quotes": (b'a,b\n"x\ny",2\n', [("a", "b"), ("x\ny", "2")]),
    "crlf in quotes is kept": (b'a,b\r\n"x\r\ny",2\r\n', [("a", "b"), ("x\r\ny", "2")]),
    "delimiter in quotes": (b'a,b\n"x,y",2\n', [("a", "b"), ("x,y", "2")]),
    "doubled quotes": (b'a,b\n"say ""hi""",2\n', [("a", "b"), ('say "hi"', "2")]),
    "only a doubled quote": (b'a,b\n"""",2\n', [("a", "b"), ('"', "2")]),
    "quote inside an unquoted field": (b'a,b\n5" wide,2\n', [("a", "b"), ('5" wide', "2")]),
    "inch marks and quoted fields": (b'a,b\n5"x"6,"7"" x"\n', [("a", "b"), ('5"x"6', '7" x')]),
    "empty field is null": (b'a,b\n,""\n', [("a", "b"), (None, None)]),
    "blank is a value": (b'a,b\n , "\n', [("a", "b"), (" ", ' "')]),
    "words are values": (b"a,b\nNA,null\n", [("a", "b"), ("NA", "null")]),
    "empty lines are skipped": (b"\n\na,b\n\n1,2\n\r\n\n3,4\n\n", [("a", "b"), ("1", "2"), ("3", "4")]),
    "a line of two quotes is a record": (b'a\n""\nx\n\n', [("a",), (None,), ("x",)]),
    "one column": (b"a\n1\n2\n", [("a",), ("1",), ("2",)]),
    "header only": (b"a,b\n", [("a", "b")]),
    "header only, no newline": (b"a,b", [("a", "b")]),
    "a lone carriage return is text": (b"a,b\nx\ry,2\n", [("a", "b"), ("x\ry", "2")]),
    "nul and control characters": (b"a,b\n\x00\x01,\x7f\n", [("a", "b"), ("\x00\x01", "\x7f")]),
    "wide characters": ("列,b\n中文，,é\n".encode(), [("列", "b"), ("中文，", "é")]),
    "empty header name": (b"a,\n1,2\n", [("a", ""), ("1", "2")]),
}


@pytest.mark.parametrize("name", READINGS)
def test_fields_are_read_as_rfc_4180_says(name: str, tmp_path: Path) -> None:
    data, expected = READINGS[name]
    assert rows_of(written(tmp_path, data)) == expected


REFUSALS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty_file"),
    "empty lines only": (b"\n\r\n\n", "empty_file"),
    "a mark only": (b"\xef\xbb\xbf", "empty_file"),
    "equal headers": (b"a,b,a\n1,2,3\n", "duplicate_columns"),
    "two empty headers": (b",\n1,2\n", "duplicate_columns"),
    "short record": (b"a,b\n1\n", "ragged_rows"),
    "long record": (b"a,b\n1,2\n1,2,3\n", "ragged_rows"),
    "trailing delimiter": (b"a,b\n1,2,\n", "ragged_rows"),
    "two quotes alone in two columns": (b'a,b\n""\n', "ragged_rows"),
    "text after a closing quote": (b'a,b\n"x"y,2\n', "data_unreadable"),
    "space after a closing quote": (b'a,b\n"x" ,2\n', "data_unreadable"),
    "a quote left open": (b'a,b\n"x,2\n1,2\n', "data_unreadable"),
    "a carriage return after a quote": (b'a,b\n1,"x"\r', "data_unreadable"),
    "not utf-8": (b"a,b\n\xff,2\n", "bad_encoding"),
    "cut in a character": ("a,b\n1,中".encode()[:-1], "bad_encoding"),
    "utf-16": ("a,b\n1,2\n".encode("utf-16"), "bad_encoding"),
    "reserved name": (b"_gavel_row,b\n1,2\n", "data_unreadable"),
}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("zipped", [False, True])
def test_bad_files_are_refused_with_a_code(name: str, zipped: bool, tmp_path: Path) -> None:
    data, code = REFUSALS[name]
    path = written(tmp_path, gzip.compress(data) if zipped else data, "d.csv.gz" if zipped else "d.csv")
    with pytest.raises(EngineError) as refused:
        open_table(path)
    assert refused.value.code == code
    assert refused.value.message_zh


def test_a_ragged_record_is_named_by_number_not_by_content(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refused:
        open_table(written(tmp_path, b"a,b\n1,2\n\nsecret\n"))
    assert refused.value.detail == {"record": 2, "fields": 1, "expected": 2}
    assert "secret" not in str(refused.value.as_dict())


def test_a_malformed_quote_is_named_by_line(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refused:
        open_table(written(tmp_path, b'a,b\n1,"x\ny"\n"z"q,1\n'))
    assert refused.value.detail == {"line": 4, "reason": "quote"}


@pytest.mark.parametrize("other", [";", "\t", "|"])
def test_a_wrong_delimiter_is_told_from_a_missing_column(other: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"id{other}name\n1{other}x\n".encode())
    with pytest.raises(EngineError) as refused:
        open_table(path, declared=["id"])
    assert refused.value.code == "wrong_delimiter"
    assert refused.value.detail == {"delimiter_seen": other}
    assert rows_of(path, declared=["other"])[0] == (f"id{other}name",)
    assert rows_of(path, CsvSettings(other), declared=["id"])[0] == ("id", "name")


def test_other_encodings_are_read(tmp_path: Path) -> None:
    # In gb18030 the second byte of a character may be a pipe or a digit.
    text = "名|b\n丂|亅镾\n𠀀|é\n"
    path = written(tmp_path, text.encode("gb18030"))
    assert rows_of(path, CsvSettings("|", "gb18030")) == [("名", "b"), ("丂", "亅镾"), ("𠀀", "é")]
    latin = written(tmp_path, "a,b\né,ÿ\n".encode("latin-1"), "latin.csv")
    assert rows_of(latin, CsvSettings(",", "latin-1")) == [("a", "b"), ("é", "ÿ")]


@pytest.mark.parametrize("settings_", [(",,", "utf-8"), ('"', "utf-8"), ("，", "utf-8"), (",", "utf-7")])
def test_settings_that_cannot_work_are_refused(settings_: tuple[str, str]) -> None:
    with pytest.raises(EngineError) as refused:
        CsvSettings(*settings_)
    assert refused.value.code == "parameter_invalid"


def test_the_digest_is_of_the_bytes_as_stored(tmp_path: Path) -> None:
    for name, data in (("d.csv", b"a\n1\n"), ("d.csv.gz", gzip.compress(b"a\n1\n"))):
        with open_table(written(tmp_path, data, name)) as table:
            assert table.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert table.format == name[2:]


def test_broken_gzip_is_unreadable(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    for data in (b"a,b\n1,2\n", whole[:-20], whole[:30] + b"\x00" * 20 + whole[50:]):
        with pytest.raises(EngineError) as refused:
            open_table(written(tmp_path, data, "d.csv.gz"))
        assert refused.value.code == "data_unreadable"


def test_a_zip_bomb_is_stopped_at_the_limit(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b"a\n" + b"1\n" * 100_000), "d.csv.gz")
    with pytest.raises(EngineError) as refused:
        reader.read_csv(
            path, CsvSettings(), [], gzipped=True, scratch=tmp_path, block=4096, unpack_limit=50_000
        )
    assert refused.value.detail == {"reason": "unpack_limit", "limit_bytes": 50_000}


def test_an_endless_record_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LONGEST_RECORD", 1000)
    path = written(tmp_path, b'a\n"' + b"x\n" * 5000)
    with pytest.raises(EngineError) as refused:
        reader.read_csv(path, CsvSettings(), [], gzipped=False, scratch=tmp_path, block=512)
    assert refused.value.code == "data_unreadable"


def test_a_block_with_every_control_character_is_still_read(tmp_path: Path) -> None:
    every = "".join(chr(code) for code in (*range(1, 32), 127) if code not in (10, 13, 9))
    data = f'a,b\n"{every},\n",2\n'.encode()
    assert rows_of(written(tmp_path, data)) == [("a", "b"), (every + ",\n", "2")]


def test_big_files_are_spooled_and_cleaned_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "IN_MEMORY", 2000)
    monkeypatch.setattr(reader, "BLOCK", 1000)
    monkeypatch.setattr(reader.read_csv, "__kwdefaults__", {**reader.read_csv.__kwdefaults__, "block": 1000})
    data = b"n,t\n" + b"".join(b'%d,"x ""%d"""\n' % (number, number) for number in range(2000))
    table = open_table(written(tmp_path, data))
    assert table.scratch is not None
    scratch = Path(table.scratch.name)
    assert len(list(scratch.iterdir())) > 3
    frame = table.frame.collect()
    assert frame["_gavel_row"].to_list() == list(range(1, 2001))
    assert frame["n"].to_list() == [str(number) for number in range(2000)]
    assert frame["t"][1999] == 'x "1999"'
    table.close()
    assert not scratch.exists()


def naive(text: str, delimiter: str) -> list[list[str]] | str:
    """RFC 4180 by one character at a time."""
    records: list[list[str]] = []
    record: list[str] = []
    field, state, seen, place = "", "start", False, 0
    while place < len(text):
        char, after = text[place], text[place + 1 : place + 2]
        if state == "start":
            state = "plain"
            if char == '"':
                state, seen, place = "quoted", True, place + 1
        elif state == "plain":
            if char == delimiter:
                record.append(field)
                field, state, seen = "", "start", True
            elif char == "\n" or (char == "\r" and after == "\n"):
                place += char == "\r"
                if field or seen:
                    records.append([*record, field])
                record, field, state, seen = [], "", "start", False
            else:
                field, seen = field + char, True
            place += 1
        elif char != '"':
            field, place = field + char, place + 1
        elif after == '"':
            field, place = field + '"', place + 2
        else:
            follows = text[place + 1 : place + 3]
            if after not in ("", delimiter, "\n") and follows != "\r\n":
                return "data_unreadable"
            state, place = ("end" if not after else "plain"), place + 1
    if state == "quoted":
        return "data_unreadable"
    return [*records, [*record, field]] if field or seen else records


def expected(text: str, delimiter: str) -> list[list[str]] | str:
    found = naive(text, delimiter)
    if isinstance(found, str) or not found:
        return found or "empty_file"
    if len(set(found[0])) < len(found[0]):
        return "duplicate_columns"
    return "ragged_rows" if any(len(record) != len(found[0]) for record in found) else found


FIELD = st.text(alphabet='ab"\n\r,;中 \ufeff', max_size=4)
QUOTED = FIELD.map(lambda text: '"' + text.replace('"', '""') + '"')
PLAIN = st.text(alphabet='ab"中 ', max_size=3)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.integers(1, 3),
    data=st.data(),
    ending=st.sampled_from(["\n", "\r\n"]),
    block=st.sampled_from([1, 2, 3, 5, 64, 4096]),
    delimiter=st.sampled_from([",", ";"]),
)
def test_it_agrees_with_a_naive_reader(
    tmp_path: Path, width: int, data: st.DataObject, ending: str, block: int, delimiter: str
) -> None:
    field = st.one_of(PLAIN, QUOTED, FIELD)
    record = st.lists(field, min_size=width, max_size=width).map(delimiter.join)
    lines = data.draw(st.lists(st.one_of(record, st.just("")), max_size=5))
    text = ending.join(["x", "x,y", "x;y;z"][width - 1 : width] + lines).removeprefix("\ufeff")
    path = written(tmp_path, text.encode())
    try:
        parsed = reader.read_csv(
            path, CsvSettings(delimiter), [], gzipped=False, scratch=tmp_path, block=block
        )
        body = parsed.frame.drop("_gavel_row").collect().rows()
        got: list[list[str]] | str = [list(parsed.columns), *([cell or "" for cell in row] for row in body)]
    except EngineError as error:
        got = error.code
    wanted = expected(text, delimiter)
    both = {got, wanted} if isinstance(got, str) and isinstance(wanted, str) else set()
    # A file with two faults may be refused for either.
    assert got == wanted or (both <= {"ragged_rows", "data_unreadable"} and both)


def test_all_columns_are_text(tmp_path: Path) -> None:
    with open_table(written(tmp_path, b"a,b\n1,2026-01-01\n")) as table:
        assert table.schema == {"a": pl.String(), "b": pl.String()}
        assert dict(table.frame.collect_schema()) == {"_gavel_row": pl.Int64, "a": pl.String, "b": pl.String}
