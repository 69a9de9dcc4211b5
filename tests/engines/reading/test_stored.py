"""Parquet and Delta: stored types, NaN, digests, and nothing that leads out of the folder."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import polars as pl
import pytest

from governance.validation.digests import file_digests, path_digest
from governance.validation.errors import MESSAGES, EngineError
from governance.validation.reading import open_table


def code_of(path: Path) -> str:
    with pytest.raises(EngineError) as refused:
        open_table(path)
    return refused.value.code


def test_nan_is_null_and_an_empty_string_stays(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [1.5, math.nan, None], "s": ["", "x", None], "i": [1, 2, 3]})
    frame.write_parquet(tmp_path / "d.parquet")
    with open_table(tmp_path / "d.parquet") as table:
        assert table.frame.collect().rows() == [(1, 1.5, "", 1), (2, None, "x", 2), (3, None, None, 3)]
        assert table.schema["i"] == pl.Int64()
        assert (table.rows, table.format) == (3, "parquet")


def test_categories_are_text(tmp_path: Path) -> None:
    pl.DataFrame({"c": pl.Series(["x"], dtype=pl.Categorical)}).write_parquet(tmp_path / "d.parquet")
    with open_table(tmp_path / "d.parquet") as table:
        assert table.schema == {"c": pl.String()}


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for number in (2, 1):
        pl.DataFrame({"a": [number]}).write_parquet(tmp_path / f"{number}.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / "_old.parquet").write_text("junk")
    with open_table(tmp_path) as table:
        assert table.frame.collect().rows() == [(1, 1), (2, 2)]
    lines = "".join(
        f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("1.parquet", "2.parquet")
    )
    assert path_digest(tmp_path) == f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"
    assert list(file_digests(tmp_path)) == ["1.parquet", "2.parquet"]


def test_delta_counts_live_files_and_its_version(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    pl.DataFrame({"a": [1]}).write_delta(folder)
    first = path_digest(folder)
    pl.DataFrame({"a": [2]}).write_delta(folder, mode="overwrite")
    with open_table(folder) as table:
        assert (table.format, table.delta_version, table.rows) == ("delta", 1, 1)
        assert table.digest == path_digest(folder) != first
    (digests,) = [file_digests(folder)]
    assert len(digests) == 1
    ((name, hexed),) = digests.items()
    text = f"{hexed}  {name}\ndelta-version 1\n"
    assert path_digest(folder) == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.mark.parametrize("entry", ["../outside.parquet", "/etc/passwd", "file:///etc/passwd"])
def test_a_delta_entry_that_leads_out_is_refused(entry: str, tmp_path: Path) -> None:
    folder = tmp_path / "t"
    pl.DataFrame({"a": [1]}).write_delta(folder)
    pl.DataFrame({"a": [7]}).write_parquet(tmp_path / "outside.parquet")
    log = folder / "_delta_log" / "00000000000000000000.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        if "add" in action:
            action["add"]["path"] = entry
    log.write_text("\n".join(json.dumps(action) for action in actions))
    assert code_of(folder) == "data_unreadable"


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    pl.DataFrame({"a": [7]}).write_parquet(tmp_path / "outside.parquet")
    folder = tmp_path / "t"
    folder.mkdir()
    pl.DataFrame({"a": [1]}).write_parquet(folder / "1.parquet")
    (folder / "2.parquet").symlink_to(tmp_path / "outside.parquet")
    assert code_of(folder) == "data_unreadable"
    (folder / "2.parquet").unlink()
    (folder / "sub").symlink_to(tmp_path)
    assert code_of(folder) == "data_unreadable"
    (folder / "sub").unlink()
    (folder / "2.parquet").symlink_to(folder / "1.parquet")
    with open_table(folder) as table:
        assert table.rows == 2


def test_what_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nothing.csv") == "data_not_found"
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 not really PAR1")
    assert code_of(tmp_path / "broken.parquet") == "data_unreadable"
    (tmp_path / "empty").mkdir()
    assert code_of(tmp_path / "empty") == "data_unreadable"
    (tmp_path / "delta" / "_delta_log").mkdir(parents=True)
    assert code_of(tmp_path / "delta") == "data_unreadable"
    pl.DataFrame({"_gavel_row": [1]}).write_parquet(tmp_path / "reserved.parquet")
    assert code_of(tmp_path / "reserved.parquet") == "data_unreadable"
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "cut.parquet")
    whole = (tmp_path / "cut.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:-10])
    assert code_of(tmp_path / "cut.parquet") == "data_unreadable"


def test_files_of_different_columns_are_unreadable(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"b": [1]}).write_parquet(tmp_path / "2.parquet")
    assert code_of(tmp_path) == "data_unreadable"


def test_every_code_has_both_languages() -> None:
    assert all(en and any("\u4e00" <= char <= "\u9fff" for char in zh) for en, zh in MESSAGES.values())
