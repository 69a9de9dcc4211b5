"""Data that changes under way, that is no plain file, or that stands beside what it should not."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation import folders
from governance.validation.digests import path_digest
from governance.validation.errors import EngineError
from governance.validation.reading import csv as reader
from governance.validation.reading import open_table

FRAME = pl.DataFrame({"a": list(range(1000)), "s": [f"x{number}" for number in range(1000)]})


def refusal(work: Callable[[], Any]) -> tuple[str, Any]:
    """The reason of `data_unreadable` and its detail; both sentences are there and name no path."""
    with pytest.raises(EngineError) as refused:
        work()
    error = refused.value
    assert error.code == "data_unreadable", error
    assert error.message_en
    assert error.message_zh != error.message_en
    assert str(Path.cwd().anchor + "tmp") not in json.dumps(error.as_dict())
    detail = error.detail
    return (str(detail.get("reason")) if isinstance(detail, dict) else str(detail)), detail


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"1,2\n")


def shrink(path: Path) -> None:
    os.truncate(path, 2)


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def rewrite(path: Path) -> None:
    """Other bytes of the same length, with the old time put back."""
    before = path.stat()
    data = path.read_bytes()
    path.write_bytes(data.replace(b"7", b"8"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = {"grows": grow, "shrinks": shrink, "is replaced": replace, "is rewritten": rewrite}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("name", [*CHANGES, "is gone"])
def test_a_csv_that_changes_while_it_is_read_is_refused(
    name: str, zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"a,b\n" + b"17,2\n" * 5000
    path = tmp_path / ("d.csv.gz" if zipped else "d.csv")
    path.write_bytes(gzip.compress(text, compresslevel=0) if zipped else text)
    change = CHANGES.get(name, Path.unlink)
    parse, seen = reader.parse_chunk, []

    def parse_and_change(*given: Any, **named: Any) -> Any:
        if not seen:
            change(path)
        seen.append(1)
        return parse(*given, **named)

    monkeypatch.setattr(reader, "parse_chunk", parse_and_change)

    def read() -> object:
        return reader.read_csv(path, reader.CsvSettings(), [], gzipped=zipped, scratch=tmp_path, block=4096)

    reason, _ = refusal(read)
    assert reason == "changed_while_read"


@pytest.mark.parametrize("shape", ["file", "folder", "delta"])
@pytest.mark.parametrize("name", [*CHANGES, "is gone"])
def test_stored_data_that_changes_after_it_was_hashed_is_noticed(
    name: str, shape: str, tmp_path: Path
) -> None:
    place = tmp_path / "d.parquet" if shape == "file" else tmp_path / "d"
    if shape == "delta":
        FRAME.write_delta(place)
    else:
        (place if shape == "folder" else tmp_path).mkdir(exist_ok=True)
        FRAME.write_parquet(place / "1.parquet" if shape == "folder" else place, compression="uncompressed")
    data = place if shape == "file" else next(place.glob("*.parquet"))
    with open_table(place) as table:
        table.check_unchanged()
        CHANGES.get(name, Path.unlink)(data)
        assert refusal(table.check_unchanged)[0] == "changed_while_read"


def test_a_file_written_to_just_before_is_hashed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within one tick of the clock a second write leaves every time as it was."""
    path = tmp_path / "d.parquet"
    FRAME.write_parquet(path)
    with open_table(path) as table:
        rewrite(path)
        monkeypatch.setattr(folders.FileState, "same", lambda self, other: True)
        assert refusal(table.check_unchanged)[0] == "changed_while_read"


def test_pipes_devices_and_sockets_are_refused_without_waiting(tmp_path: Path) -> None:
    for name in ("d.csv", "d.csv.gz", "d.parquet"):
        os.mkfifo(tmp_path / name)
        assert refusal(lambda: open_table(tmp_path / name))[0] == "not_a_plain_file"  # noqa: B023
        assert refusal(lambda: path_digest(tmp_path / name))[0] == "not_a_plain_file"  # noqa: B023
    assert refusal(lambda: open_table(Path("/dev/zero")))[0] == "not_a_plain_file"
    folder = tmp_path / "folder"
    folder.mkdir()
    FRAME.write_parquet(folder / "1.parquet")
    os.mkfifo(folder / "2.parquet")
    reason, detail = refusal(lambda: open_table(folder))
    assert (reason, detail["entry"]) == ("not_a_plain_file", "2.parquet")
    delta = tmp_path / "delta"
    FRAME.write_delta(delta)
    os.mkfifo(delta / "_delta_log" / "00000000000000000001.json")
    assert refusal(lambda: open_table(delta))[0] == "not_a_plain_file"


def test_names_and_links_no_reader_can_follow_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    FRAME.write_parquet(folder / "1.parquet")
    (folder / "2.parquet").symlink_to("nowhere.parquet")
    assert refusal(lambda: open_table(folder))[0] == "leads_nowhere"
    (folder / "2.parquet").unlink()
    (folder / "2.parquet").symlink_to("2.parquet")
    refusal(lambda: open_table(folder))
    (folder / "2.parquet").unlink()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.parquet")).write_bytes((folder / "1.parquet").read_bytes())
    assert refusal(lambda: open_table(folder))[0] == "name_not_utf_8"
    named = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv"))
    named.write_text("a\n1\n")
    with open_table(named) as table:
        assert table.rows == 1
    (tmp_path / "d.csv").mkdir()
    refusal(lambda: open_table(tmp_path / "d.csv"))
    for absent in (tmp_path / ("x" * 300), tmp_path / "d.csv" / "x", tmp_path / "a\0b"):
        with pytest.raises(EngineError) as refused:
            open_table(absent)
        assert refused.value.code == "data_not_found"


def changed_log(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    log = folder / "_delta_log" / "00000000000000000000.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        change(action)
    log.write_text("\n".join(json.dumps(action) for action in actions))


VECTOR = {
    "storageType": "i",
    "pathOrInlineDv": "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
    "sizeInBytes": 40,
    "cardinality": 6,
}
PROTOCOLS: dict[str, dict[str, Any]] = {
    "a future reader": {"minReaderVersion": 99, "minWriterVersion": 2},
    "a made-up feature": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["madeUp"],
        "writerFeatures": ["madeUp"],
    },
    "a vector that is none": {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["deletionVectors"],
        "writerFeatures": ["deletionVectors"],
    },
    "a vector nobody announced": {"minReaderVersion": 1, "minWriterVersion": 2},
}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_delta_table_that_needs_what_is_not_supported_is_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "d"
    FRAME.write_delta(folder)

    def change(action: dict[str, Any]) -> None:
        if "protocol" in action:
            action["protocol"] = PROTOCOLS[name]
        if "add" in action and "vector" in name:
            action["add"]["deletionVector"] = VECTOR

    changed_log(folder, change)

    def read() -> object:
        with open_table(folder) as table:
            return table.frame.collect()

    refusal(read)


def cut(folder: Path) -> None:
    log = folder / "_delta_log" / "00000000000000000000.json"
    log.write_text(log.read_text()[:-30])


def noise(folder: Path) -> None:
    (folder / "_delta_log" / "00000000000000000000.json").write_bytes(b"\0" * 100)


def gap(folder: Path) -> None:
    (folder / "_delta_log" / "00000000000000000003.json").write_text("")


def gone(folder: Path) -> None:
    next(folder.glob("*.parquet")).unlink()


def checkpoint(folder: Path) -> None:
    log = folder / "_delta_log"
    pl.DataFrame({"add": [{"path": "../../etc/passwd"}]}).write_parquet(
        log / "00000000000000000000.checkpoint.parquet"
    )
    (log / "_last_checkpoint").write_text('{"version":0,"size":5}')


@pytest.mark.parametrize("damage", [cut, noise, gap, gone, checkpoint], ids=lambda work: work.__name__)
def test_a_damaged_delta_table_is_refused(damage: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tmp_path / "d"
    FRAME.write_delta(folder)
    damage(folder)
    refusal(lambda: open_table(folder))


def test_the_statistics_of_a_log_need_not_be_true(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    FRAME.write_delta(folder)
    lie = {"numRecords": 7, "minValues": {"a": 0}, "maxValues": {"a": 3}, "nullCount": {"a": 0, "s": 0}}

    def change(action: dict[str, Any]) -> None:
        if "add" in action:
            action["add"] |= {"stats": json.dumps(lie), "size": 10**12}

    changed_log(folder, change)
    with open_table(folder) as table:
        assert table.rows == 1000
        assert table.frame.filter(pl.col("a") > 499).collect(engine="streaming").height == 500


def test_partitions_with_odd_names_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    names = ["a b", "中文/x", "%41:=", None]
    frame = pl.DataFrame({"a": [1, 2, 3, 4], "k": names, "d": [1, 2, 3, None]})
    frame.write_delta(folder, delta_write_options={"partition_by": ["k", "d"]})
    with open_table(folder) as table:
        assert dict(table.schema) == {"a": pl.Int64, "k": pl.String, "d": pl.Int64}
        assert sorted(table.frame.drop("_gavel_row").collect().rows()) == sorted(frame.rows())


def test_what_is_zipped_wrongly_is_refused_and_members_are_read_on(tmp_path: Path) -> None:
    path = tmp_path / "d.csv.gz"
    whole = gzip.compress(b"a,b\n1,2\n")
    for data in (whole + b"garbage", whole[:-4], b"\x1f\x8b" + b"\0" * 50):
        path.write_bytes(data)
        refusal(lambda: open_table(path))
    path.write_bytes(whole + gzip.compress(b"3,4\n"))
    with open_table(path) as table:
        assert table.rows == 2


def test_records_and_headers_have_documented_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(b",".join(b"c%d" % number for number in range(10_001)) + b"\n")
    reason, detail = refusal(lambda: open_table(path))
    assert (reason, detail["columns"]) == ("too_many_columns", 10_001)
    monkeypatch.setattr(reader, "LONGEST_RECORD", 100_000)
    monkeypatch.setattr(
        reader.read_csv, "__kwdefaults__", {**reader.read_csv.__kwdefaults__, "block": 50_000}
    )
    for cell in (
        b'"' + b"x" * 300_000 + b'"',
        b"x" * 300_000,
        b'"' + b'""' * 150_000 + b'"',
        b'x"' * 150_000,
    ):
        path.write_bytes(b"a,b\n1,2\n3," + cell + b"\n")
        reason, detail = refusal(lambda: open_table(path))
        assert (reason, detail["line"]) == ("record_too_long", 3)
