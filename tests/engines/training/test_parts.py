"""The pieces a run is made of: texts, order, losses, encoder, backbones, spool."""

from __future__ import annotations

import json
import math
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from modeling.training import backbones, data, losses
from modeling.training.baselines.classifier import class_scores
from modeling.training.batching import epoch_batches, rate_at
from modeling.training.child import StopFlag
from modeling.training.encoder import Encoder, chooses_bf16
from modeling.training.examples import Pairs, dense, sample, shared
from modeling.training.failures import Refused, TrainingStopped
from modeling.training.spool import Spool
from modeling.training.texts import TextStore, check_coverage, unknown_share


def test_empty_values_leave_no_gap_in_a_text() -> None:
    frame = pl.DataFrame({"a": [" x ", None, ""], "b": ["y", "y", None]})
    assert data.joined(frame, ("a", "b")) == ["x y", "y", ""]


def test_labels_that_are_no_numbers_are_counted() -> None:
    frame = pl.DataFrame({"label": ["1", "yes", None, "inf", "0.5"]})
    with pytest.raises(TrainingStopped, match="holds 3 labels"):
        data.labels(frame, "label", "train")


def test_every_row_is_seen_once_an_epoch_in_an_order_fixed_by_the_seed() -> None:
    lengths = np.arange(101) % 17
    batches = epoch_batches(lengths, 8, 3, seed=1, epoch=0)
    assert sorted(np.concatenate(batches).tolist()) == list(range(101))
    again = epoch_batches(lengths, 8, 3, seed=1, epoch=0)
    assert all((a == b).all() for a, b in zip(batches, again, strict=True))
    other = epoch_batches(lengths, 8, 3, seed=1, epoch=1)
    assert any(a.tolist() != b.tolist() for a, b in zip(batches, other, strict=True))


def test_the_rate_rises_to_its_peak_and_falls_towards_zero() -> None:
    rates = [rate_at(step, 100, 1.0, 0.1) for step in range(1, 101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == 1.0
    assert rates[-1] == pytest.approx(1 / 91)
    assert rates[9:] == sorted(rates[9:], reverse=True)


def test_cosent_by_hand() -> None:
    left = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    right = torch.tensor([[0.6, 0.8], [0.8, 0.6]])
    found = losses.cosent(left, right, torch.tensor([1.0, 0.0]), 20.0)
    assert float(found) == pytest.approx(math.log(1 + math.exp(20 * 0.2)), rel=1e-5)
    assert float(losses.cosent(left, right, torch.tensor([1.0, 1.0]), 20.0)) == 0.0


def test_in_batch_negatives_do_not_punish_the_same_intent() -> None:
    eye = torch.eye(3)
    right = torch.stack([eye[0], eye[1], eye[0]])
    found = losses.in_batch(torch.stack([eye[0], eye[1], eye[0]]), right, torch.tensor([0.0, 1.0, 0.0]), 2.0)
    alone = math.log(math.exp(2) + 1) - 2
    crowded = math.log(math.exp(2) + 2) - 2
    assert float(found) == pytest.approx((2 * alone + crowded) / 3, rel=1e-5)


def test_padding_and_neighbours_do_not_change_a_vector(backbone: Path) -> None:
    store = TextStore(backbone, 16)
    short, long = store.add(["red lamp", "where is my new white table buy a clock"])
    encoder = Encoder(backbones.resolve("tiny", backbone), "mean", "fp32").eval()
    alone = encoder.vectors(store, np.array([short]))[0]
    beside = encoder.vectors(store, np.array([short, long, short]))
    assert torch.allclose(alone, beside[0], atol=1e-6)
    assert torch.equal(beside[0], beside[2])
    assert float(alone.detach().norm()) == pytest.approx(1.0)
    table = encoder.embed(store, np.array([short]))
    assert np.allclose(table[short], alone.detach().numpy(), atol=1e-6)
    assert not table[long].any()


def test_bf16_is_used_where_asked() -> None:
    assert chooses_bf16("bf16")
    assert not chooses_bf16("fp32")


def test_the_classifier_scores_unseen_labels_last() -> None:
    vectors = np.eye(4, dtype=np.float32)
    scores = class_scores(vectors, np.array([0, 0, 2, 2]), vectors, 4, 0)
    assert scores is not None
    assert np.isneginf(scores[:, [1, 3]]).all()
    direct = LogisticRegression(C=10.0, max_iter=300).fit(vectors, [0, 0, 2, 2])
    assert scores[:, [0, 2]] == pytest.approx(direct.predict_log_proba(vectors), abs=1e-6)
    assert class_scores(vectors, np.zeros(4), vectors, 4, 0) is None


def test_a_tokenizer_that_does_not_know_the_text_is_refused(backbone: Path) -> None:
    store = TextStore(backbone, 16)
    store.add(["红色台灯", "red lamp"])
    with pytest.raises(TrainingStopped, match=r"backbone\.blind"):
        check_coverage(store, "tiny")
    assert unknown_share(backbone, ["red lamp"]) == 0.0
    mixed = TextStore(backbone, 400)
    mixed.add(["lamp " * 19 + "xyz"])
    assert check_coverage(mixed, "tiny") == "5.0%"


def test_the_shipped_backbone_knows_english_and_not_chinese() -> None:
    found = backbones.resolve(backbones.SHIPPED)
    assert (found.architecture, found.hidden_size) == ("bert", 384)
    assert unknown_share(found.folder, ["wireless keyboard, black"]) == 0.0
    assert unknown_share(found.folder, ["这件衣服质量很差，退货了"]) > 0.2


def test_backbones_that_cannot_be_used_are_refused_with_a_reason(backbone: Path, tmp_path: Path) -> None:
    def code(folder: Path | None, name: str = "x") -> str:
        with pytest.raises(Refused) as caught:
            backbones.resolve(name, folder)
        return caught.value.code

    assert code(tmp_path / "nowhere") == "backbone.not_found"
    assert code(None, "nobody/not-on-this-machine") == "backbone.not_found"
    assert code(None, "../../etc") == "backbone.not_found"
    copy = shutil.copytree(backbone, tmp_path / "copy")
    (copy / "tokenizer.json").unlink()
    assert code(copy) == "backbone.no_tokenizer"
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    assert code(copy) == "backbone.no_safetensors"


def test_the_digest_of_a_backbone_is_over_what_a_run_reads(backbone: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(backbone, tmp_path / "copy")
    before = backbones.folder_digest(copy)
    (copy / "README.md").write_text("words")
    assert backbones.folder_digest(copy) == before
    with (copy / "model.safetensors").open("ab") as stream:
        stream.write(b"x")
    assert backbones.folder_digest(copy) != before


def test_a_sample_is_fixed_by_its_seed_and_groups_stay_whole() -> None:
    pairs = Pairs(np.arange(30), np.arange(30), np.zeros(30, np.float32), np.repeat(np.arange(10), 3))
    assert sample(pairs, 7, 1).left.tolist() == sample(pairs, 7, 1).left.tolist()
    assert sample(pairs, 7, 1).left.tolist() != sample(pairs, 7, 2).left.tolist()
    some = pairs.take_groups(7, 0)
    assert np.bincount(some.groups).tolist() == [3, 3, 3]
    assert dense(["b", "a", "b"]).tolist() == [0, 1, 0]


def test_rows_that_training_has_seen_are_counted() -> None:
    def pairs(left: list[int], right: list[int]) -> Pairs:
        return Pairs(np.array(left), np.array(right), np.zeros(len(left), np.float32), np.arange(len(left)))

    found = shared(pairs([1, 2], [5, 6]), pairs([1, 1, 3], [5, 6, 6]))
    assert found == {"pairs": 1, "left": 2, "right": 3}


def test_a_run_must_end_for_a_signal_for_spent_time_and_for_a_permit_that_ended() -> None:
    def code(**state: object) -> str | None:
        flag = StopFlag()
        for name, value in state.items():
            setattr(flag, name, value)
        reason = flag(3)
        return None if reason is None else reason.code

    assert code() is None
    assert code(asked=True) == "run.cancelled"
    assert code(cpu_seconds=1e-9) == "grant.budget_spent"
    assert code(cpu_seconds=1e9, valid_until=datetime(2999, 1, 1, tzinfo=UTC)) is None
    assert code(valid_until=datetime(2020, 1, 1, tzinfo=UTC)) == "grant.expired"


def test_a_line_cut_short_by_a_kill_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"metric": "a", "step": 1, "value": 1}\n{"metric": "a", "st')
    spool = Spool(path, tmp_path / "log.jsonl", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    spool.points({"train/loss": 0.5}, 2, 0.1)
    last = json.loads(path.read_text().splitlines()[-1])
    assert last == {
        "metric": "train/loss",
        "step": 2,
        "value": 0.5,
        "epoch": 0.1,
        "at": "2026-01-01T00:00:00+00:00",
    }
