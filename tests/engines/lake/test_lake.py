"""The lake: immutable versions with recomputable digests, nothing half-written, no way out."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import polars as pl
import pytest

from catalog.lake import Lake, LakeError
from governance.validation.digests import path_digest
from governance.validation.reading import open_table


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def test_a_version_keeps_rows_order_and_digest(lake: Lake) -> None:
    frame = pl.DataFrame({"_gavel_row": [1, 2, 3], "b": ["x", None, "中"], "a": [3, 1, 2]})
    stored = lake.write_version("ds_1", frame)
    assert lake.scan(stored.path).collect().to_dict(as_series=False) == {
        "b": ["x", None, "中"],
        "a": [3, 1, 2],
    }
    assert stored.rows == 3
    assert stored.delta_version == 0
    assert lake.verify(stored.path, stored.digest)
    assert path_digest(lake.local_path(stored.path)) == stored.digest
    assert lake.file_digests(stored.path) == stored.files
    with open_table(lake.local_path(stored.path)) as table:
        assert (table.format, table.digest, table.rows) == ("delta", stored.digest, 3)


def test_the_same_rows_get_the_same_address(lake: Lake) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    assert lake.write_version("ds", frame) == lake.write_version("ds", frame.lazy())


def test_versions_can_be_made_of_parquet_files(lake: Lake, tmp_path: Path) -> None:
    paths = [tmp_path / "2.parquet", tmp_path / "1.parquet"]
    for number, path in enumerate(paths):
        pl.DataFrame({"a": [number], "b": [number]}).write_parquet(path)
    stored = lake.write_version("ds", paths, columns=["b"])
    assert lake.scan(stored.path).collect().to_dict(as_series=False) == {"b": [0, 1]}


def test_a_changed_byte_is_noticed(lake: Lake) -> None:
    stored = lake.write_version("ds", pl.DataFrame({"a": list(range(100))}))
    (name,) = stored.files
    file = lake.local_path(stored.path) / name
    raw = bytearray(file.read_bytes())
    raw[20] ^= 1
    file.write_bytes(raw)
    assert not lake.verify(stored.path, stored.digest)


def test_a_lost_file_is_noticed(lake: Lake) -> None:
    stored = lake.write_version("ds", pl.DataFrame({"a": [1]}))
    (name,) = stored.files
    (lake.local_path(stored.path) / name).unlink()
    assert not lake.verify(stored.path, stored.digest)


def test_types_delta_lacks_are_widened_without_loss(lake: Lake) -> None:
    frame = pl.DataFrame(
        {
            "u": pl.Series([2**64 - 1], dtype=pl.UInt64),
            "w": pl.Series([-(2**127)], dtype=pl.Int128),
            "t": [time(1, 2, 3)],
            "n": pl.Series([None], dtype=pl.Null),
            "d": pl.Series([datetime(2026, 1, 1)], dtype=pl.Datetime("ns")),  # noqa: DTZ001
            "c": pl.Series(["k"], dtype=pl.Categorical),
            "i": pl.Series([255], dtype=pl.UInt8),
        }
    )
    row = lake.scan(lake.write_version("ds", frame).path).collect().row(0, named=True)
    assert (int(row["u"]), row["w"], row["t"], row["n"]) == (2**64 - 1, str(-(2**127)), "01:02:03", None)
    assert (row["d"], row["c"], row["i"]) == (datetime(2026, 1, 1), "k", 255)  # noqa: DTZ001


def test_an_empty_version_keeps_its_columns(lake: Lake) -> None:
    stored = lake.write_version("ds", pl.DataFrame(schema={"a": pl.String}))
    assert lake.scan(stored.path).collect_schema().names() == ["a"]
    assert stored.rows == 0


def test_the_log_holds_no_cell_values(lake: Lake) -> None:
    stored = lake.write_version("ds", pl.DataFrame({"a": ["secret-cell"]}))
    log = lake.local_path(stored.path) / "_delta_log"
    assert all(b"secret-cell" not in entry.read_bytes() for entry in log.iterdir())


def test_a_failed_write_leaves_nothing(lake: Lake, tmp_path: Path) -> None:
    broken = pl.LazyFrame({"a": ["x"]}).with_columns(pl.col("a").cast(pl.Int64))
    with pytest.raises(pl.exceptions.PolarsError):
        lake.write_version("ds", broken)
    assert [file for file in (tmp_path / "lake").rglob("*") if file.is_file()] == []


def test_files_are_never_overwritten(lake: Lake, tmp_path: Path) -> None:
    stored = lake.write_bytes("dossiers/case-1/facts.json", b"{}")
    assert lake.write_bytes("dossiers/case-1/facts.json", b"{}") == stored
    with pytest.raises(LakeError) as refused:
        lake.write_bytes("dossiers/case-1/facts.json", b"[]")
    assert refused.value.code == "lake_immutable"
    assert lake.read_bytes("dossiers/case-1/facts.json") == b"{}"
    source = tmp_path / "q.parquet"
    source.write_bytes(b"PAR1")
    assert lake.write_file("quarantine/run-1.parquet", source).bytes == 4


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../../x", "", "a//b", "a/./b", ".hidden", "a\x00b", "C:\\x", "a b", "x/"],
)
def test_paths_out_of_the_lake_are_refused(lake: Lake, path: str) -> None:
    for attempt in (lake.read_bytes, lake.scan, lake.exists):
        with pytest.raises(LakeError) as refused:
            attempt(path)
        assert refused.value.code == "lake_path_refused"
    with pytest.raises(LakeError):
        lake.write_bytes(path, b"")
    with pytest.raises(LakeError):
        lake.write_version(path, pl.DataFrame({"a": [1]}))


def test_a_link_out_of_the_lake_is_refused(lake: Lake, tmp_path: Path) -> None:
    lake.write_bytes("files/one", b"1")
    (tmp_path / "secret").write_bytes(b"s")
    (tmp_path / "lake" / "files" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(LakeError) as refused:
        lake.read_bytes("files/link")
    assert refused.value.code == "lake_path_refused"


def test_other_stores_are_refused_by_name() -> None:
    with pytest.raises(LakeError) as refused:
        Lake("s3://bucket/lake")
    assert refused.value.code == "lake_url_unsupported"


def test_file_addresses_are_folders(tmp_path: Path) -> None:
    stored = Lake(f"file://{tmp_path}/lake").write_bytes("a/b", b"1")
    assert (tmp_path / "lake" / stored.path).read_bytes() == b"1"


def test_a_missing_version_is_said_to_be_missing(lake: Lake) -> None:
    with pytest.raises(LakeError) as refused:
        lake.scan("datasets/ds/0")
    assert refused.value.code == "lake_not_found"
