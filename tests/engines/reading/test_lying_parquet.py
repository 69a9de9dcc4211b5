"""Parquet whose footer, pages or statistics lie: refused with a place, or judged by what the pages hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation.errors import EngineError
from governance.validation.reading import open_table
from governance.validation.reading import parquet as checking
from tests.engines.parquet_lies import Field, lying, parquet, put, step_into

FRAME = pl.DataFrame({"a": list(range(100)), "s": [f"x{number % 7}" for number in range(100)]})
HONEST = parquet(FRAME, statistics=False, compression="uncompressed", row_group_size=50, data_page_size=200)
GROUP, CHUNK = (4, 0), (4, 0, 1, 0, 3)


def refusal(tmp_path: Path, data: bytes) -> dict[str, Any]:
    path = tmp_path / "d.parquet"
    path.write_bytes(data)
    with pytest.raises(EngineError) as refused:
        open_table(path)
    error = refused.value
    assert error.code == "data_unreadable"
    assert error.message_zh != error.message_en
    assert isinstance(error.detail, dict)
    return error.detail


LIES: dict[str, tuple[Any, str]] = {
    "fewer rows in the file": (put(90, 3), "row_counts_differ"),
    "more rows in the file": (put(1000, 3), "row_counts_differ"),
    "negative rows": (put(-1, *GROUP, 3), "row_group_rows"),
    "rows beyond any memory": (put(1 << 40, *GROUP, 3), "row_group_rows"),
    "fewer rows in a group than its pages hold": (put(40, *GROUP, 3), "value_counts_differ"),
    "more rows in a group": (put(60, *GROUP, 3), "value_counts_differ"),
    "fewer values in a chunk": (put(40, *CHUNK, 5), "value_counts_differ"),
    "more values in a chunk": (put(1 << 60, *CHUNK, 5), "value_counts_differ"),
    "a chunk beyond the file": (put(10**15, *CHUNK, 7), "chunk_outside_file"),
    "a chunk that begins beyond it": (put(10**9, *CHUNK, 11), "chunk_outside_file"),
    "pages beyond the file": (put(10**9, *CHUNK, 9), "chunk_outside_file"),
    "pages before the file": (put(-4, *CHUNK, 9), "chunk_outside_file"),
    "a chunk too short": (put(10, *CHUNK, 7), "chunk_outside_file"),
    "a schema of more columns": (put(5, 2, 0, 5), "footer_malformed"),
    "a schema of fewer columns": (put(1, 2, 0, 5), "footer_malformed"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_footer_that_lies_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    change, reason = LIES[name]
    detail = refusal(tmp_path, lying(HONEST, change))
    assert detail["reason"] == reason
    assert detail["entry"] == "d.parquet"


def test_both_counts_lowered_together_still_hide_no_row(tmp_path: Path) -> None:
    def change(footer: list[Field]) -> None:
        put(90, 3)(footer)
        put(40, *GROUP, 3)(footer)
        for column in (0, 1):
            put(40, 4, 0, 1, column, 3, 5)(footer)

    assert refusal(tmp_path, lying(HONEST, change)) == {
        "entry": "d.parquet",
        "reason": "value_counts_differ",
        "row_group": 1,
        "column": "a",
    }


def test_columns_left_out_or_taken_from_another_file_are_refused(tmp_path: Path) -> None:
    def shorten(footer: list[Field]) -> None:
        step_into(step_into(step_into(footer, 4), 0), 1)[1].pop()

    assert refusal(tmp_path, lying(HONEST, shorten))["reason"] == "columns_differ"

    def elsewhere(footer: list[Field]) -> None:
        step_into(step_into(step_into(step_into(footer, 4), 0), 1), 0).insert(0, [1, 8, b"/etc/passwd"])

    assert refusal(tmp_path, lying(HONEST, elsewhere)) == {"entry": "d.parquet"}


CUT: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not_parquet"),
    "magic only": (b"PAR1PAR1", "not_parquet"),
    "a truncated footer": (HONEST[:-10], "not_parquet"),
    "an encrypted footer": (HONEST[:-4] + b"PARE", "encrypted"),
    "a footer longer than the file": (HONEST[:-8] + b"\xff\xff\xff\x7fPAR1", "footer_length"),
    "a footer of noise": (
        HONEST[:300] + b"\xff" * 100 + (100).to_bytes(4, "little") + b"PAR1",
        "footer_malformed",
    ),
    "a footer nested without end": (
        HONEST[:300] + b"\x1c" * 5000 + (5000).to_bytes(4, "little") + b"PAR1",
        "footer_malformed",
    ),
}


@pytest.mark.parametrize("name", CUT)
def test_a_damaged_file_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    data, reason = CUT[name]
    assert refusal(tmp_path, data)["reason"] == reason


def test_pages_that_unpack_beyond_the_limits_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = parquet(pl.DataFrame({"s": ["x" * 1_000_000]}), compression="zstd", statistics=False)
    assert len(bomb) < 5000
    monkeypatch.setattr(checking, "LARGEST_PAGE", 100_000)
    assert refusal(tmp_path, bomb) == {
        "entry": "d.parquet",
        "reason": "page_too_large",
        "row_group": 1,
        "column": "s",
        "limit_bytes": 100_000,
    }
    monkeypatch.setattr(checking, "LARGEST_PAGE", 10_000_000)
    monkeypatch.setattr(checking, "LARGEST_GROUP", 100_000)
    assert refusal(tmp_path, bomb)["reason"] == "row_group_too_large"
    monkeypatch.setattr(checking, "MOST_GROUP_ROWS", 10)
    assert refusal(tmp_path, HONEST)["reason"] == "row_group_rows"


def test_more_columns_than_the_limit_are_refused_before_they_are_read(tmp_path: Path) -> None:
    wide = pl.DataFrame({f"c{number}": [1] for number in range(10_001)})
    detail = refusal(tmp_path, parquet(wide, statistics=False))
    assert detail == {"reason": "too_many_columns", "columns": 10_001, "limit": 10_000}


def test_statistics_that_lie_change_no_count(tmp_path: Path) -> None:
    """Maxima of 49 and 99 claimed to be 1: a filter that trusts them finds nothing above 49."""
    honest = parquet(FRAME, statistics=True, compression="uncompressed", row_group_size=50)
    little = {number: number.to_bytes(8, "little") for number in (0, 1, 49, 50, 99)}
    footer = len(honest) - 8 - int.from_bytes(honest[-8:-4], "little")
    text = honest[footer:]
    for true, false in ((99, 1), (49, 1), (50, 0)):
        assert len(re.findall(re.escape(little[true]), text)) == 1
        text = text.replace(little[true], little[false])
    (tmp_path / "d.parquet").write_bytes(honest[:footer] + text)
    trusting = pl.scan_parquet(tmp_path / "d.parquet").filter(pl.col("a") > 49).collect()
    assert trusting.height == 0  # the reason for the test: the stock reader believes them
    with open_table(tmp_path / "d.parquet") as table:
        assert table.frame.filter(pl.col("a") > 49).collect(engine="streaming").height == 50
    folder = tmp_path / "delta"
    FRAME.write_delta(folder, delta_write_options={})
    part = next(folder.glob("*.parquet"))
    part.write_bytes(honest[:footer] + text)
    entry = next((folder / "_delta_log").glob("*.json"))
    entry.write_text(re.sub(r'"size":\d+', f'"size":{part.stat().st_size}', entry.read_text()))
    with open_table(folder) as table:
        assert table.frame.filter(pl.col("a") > 49).collect(engine="streaming").height == 50


def test_honest_files_of_every_shape_are_read(tmp_path: Path) -> None:
    nested = pl.DataFrame(
        {
            "l": [[1, 2], [], None, [3]],
            "d": [{"x": 1, "y": ["a", "b"]}, {"x": None, "y": None}, None, {"x": 2, "y": []}],
            "c": pl.Series(["a", None, "b", "a"], dtype=pl.Categorical),
        }
    )
    for frame in (nested, nested.clear(), FRAME, pl.DataFrame({"n": pl.Series([None] * 5, dtype=pl.Int8)})):
        for compression in ("zstd", "snappy", "gzip", "uncompressed"):
            path = tmp_path / "d.parquet"
            frame.write_parquet(path, compression=compression, row_group_size=3, data_page_size=64)
            with open_table(path) as table:
                assert table.rows == frame.height
                assert table.frame.collect().height == frame.height
