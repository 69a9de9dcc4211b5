"""How a tokenizer reads a sample: shares and lengths by hand, and nothing else leaves."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from modeling.training import backbones, coverage
from modeling.training.failures import TrainingStopped
from modeling.training.texts import unknown_share
from tests.engines.training.tiny import make_tokenizer


@pytest.fixture
def words(tmp_path: Path) -> Path:
    make_tokenizer(tmp_path)
    return tmp_path / "tokenizer.json"


def stored(folder: Path, **columns: list[object]) -> Path:
    path = folder / "data.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_shares_and_lengths_by_hand(words: Path, tmp_path: Path) -> None:
    data = stored(
        tmp_path, a=["red lamp", "new 台灯 lamp", "", None], b=["x", "where is my lamp", "sofa", None]
    )
    sample = coverage.draw(data, ["a", "b"], chosen=True, rows=100)
    found = coverage.measure(sample, words, 6)
    # a: red lamp | new [UNK] [UNK] lamp; b: [UNK] | where is my lamp | sofa
    assert found.columns == {"a": [6, 2], "b": [6, 1]}
    assert (found.texts, found.unknown) == (3, 3)
    # joined, with [CLS] and [SEP]: 3 + 2, 8 + 2, 1 + 2
    assert (found.tokens, found.p50, found.p90, found.longest, found.cut) == (18, 5, 10, 10, 1)
    assert sample.cjk == pytest.approx(2 / 34, abs=1e-4)


def test_sentences_are_chosen_before_codes(tmp_path: Path) -> None:
    data = stored(
        tmp_path,
        sku=["B07X1", "B07X2"],
        title=["red lamp", "blue sofa"],
        zh=["红色的台灯", "蓝色的沙发"],
        n=[1, 2],
    )
    everything = ["sku", "title", "zh", "n"]
    assert coverage.draw(data, everything, chosen=False, rows=9).columns == ("title", "zh")
    assert coverage.draw(data, everything, chosen=True, rows=9).columns == ("sku", "title", "zh")
    assert coverage.draw(data, ["sku"], chosen=False, rows=9).columns == ("sku",)
    with pytest.raises(TrainingStopped, match=r"data\.no_text"):
        coverage.draw(data, ["n", "absent"], chosen=True, rows=9)


def test_a_sample_is_bounded_and_the_same_twice(tmp_path: Path) -> None:
    data = stored(tmp_path, a=[f"red lamp {number}" for number in range(300)])
    first = coverage.draw(data, ["a"], chosen=True, rows=50).frame
    assert len(first) == 50
    assert first.equals(coverage.draw(data, ["a"], chosen=True, rows=50).frame)
    assert len(set(first["a"])) == 50


def test_an_enormous_cell_is_cut(words: Path, tmp_path: Path) -> None:
    data = stored(tmp_path, a=["lamp " * 100_000])
    found = coverage.measure(coverage.draw(data, ["a"], chosen=True, rows=5), words, 64)
    assert found.longest <= coverage.LONGEST_CELL
    assert found.cut == 1


def test_minilm_is_blind_for_chinese_and_not_for_english(tmp_path: Path) -> None:
    folder = backbones.located(backbones.SHIPPED)
    chinese = ["这台冰箱的声音很大，退货流程也很麻烦", "快递很慢，客服态度不好"]
    data = stored(tmp_path, zh=chinese, en=["the fridge is loud", "delivery was slow"])
    sample = coverage.draw(data, ["zh", "en"], chosen=False, rows=10)
    columns = coverage.measure(sample, folder / "tokenizer.json", 64).columns
    assert columns["zh"][1] / columns["zh"][0] == pytest.approx(unknown_share(folder, chinese), abs=0.01)
    assert columns["zh"][1] / columns["zh"][0] > backbones.UNKNOWN_LIMIT
    assert columns["en"][1] == 0


def test_one_bad_backbone_leaves_the_others_their_figures(words: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    good = {"uid": "g", "name": "tiny", "folder": str(tmp_path), "digest": backbones.folder_digest(tmp_path)}
    data = stored(tmp_path, a=["secret words nobody may read"])
    order = {
        "path": str(data), "columns": ["a"], "chosen": True, "rows": 10, "max_length": 64,
        "backbones": [good, {**good, "uid": "c", "digest": ""}, {**good, "uid": "n", "folder": "/nope"}],
    }  # fmt: skip
    told: list[tuple[int, int]] = []
    made = coverage.measured(order, lambda done, total: told.append((done, total)))
    assert list(made["fits"]) == ["g"]
    assert {uid: one["code"] for uid, one in made["failed"].items()} == {
        "c": "backbone.changed",
        "n": "backbone.not_found",
    }
    assert told == [(0, 3), (1, 3), (2, 3)]
    assert "secret" not in json.dumps(made)
