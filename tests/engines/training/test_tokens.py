"""Tokens in a file: the same as in memory, and a process that does not grow with them."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from modeling.training import texts, tokens
from modeling.training.failures import TrainingStopped
from modeling.training.texts import TextStore
from modeling.training.tokens import Tokens
from tests.engines.training import tiny

CarryOut = Callable[..., dict[str, Any]]


def test_a_filed_text_is_the_text_that_was_added(tmp_path: Path) -> None:
    dice = np.random.default_rng(0)
    rows = [dice.integers(0, 30_000, dice.integers(0, 9)) for _ in range(500)]
    filed, held = Tokens(tmp_path, held=50), Tokens()
    for row in rows:
        for kept in (filed, held):
            kept.append(row.tolist())
    assert 0 < len(np.concatenate(rows)) - filed.filed <= 50
    assert held.filed == 0
    for kept in (filed, held):
        assert len(kept) == len(rows)
        assert all(np.array_equal(kept[at], row) for at, row in enumerate(rows))
        assert kept[3].dtype == np.int64
        assert kept.lengths().tolist() == [len(row) for row in rows]
        assert np.array_equal(np.concatenate(list(kept.blocks())), np.concatenate(rows))
    kept_numbers = filed.lengths()
    filed.append([1, 2])  # a view that is still held must not forbid growth
    assert len(kept_numbers) == 500


def test_the_file_has_no_name(tmp_path: Path) -> None:
    filed = Tokens(tmp_path, held=1)
    filed.append([1, 2, 3])
    assert filed.filed == 3
    assert not list(tmp_path.iterdir())


def test_a_full_disk_ends_the_run_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(TrainingStopped, match=r"run\.no_scratch"):
        tokens.scratch_file(tmp_path, 2**20)


def test_a_store_tokenises_a_stream_in_parts(
    backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{a} {b} {c}" for a in tiny.EXTRAS for b in tiny.COLOURS for c in tiny.NOUNS] + ["nonsense"]
    plain = TextStore(backbone, 16)
    numbers = plain.add([*lines, *lines])
    monkeypatch.setattr(texts, "CHUNK", 7)
    monkeypatch.setattr(tokens.Tokens.__init__, "__defaults__", (None, 40))
    filed = TextStore(backbone, 16, tmp_path)
    assert np.array_equal(filed.add(line for line in [*lines, *lines]), numbers)
    assert filed._tokens.filed > 1000
    assert (len(filed), filed.texts) == (len(lines), lines)
    assert np.array_equal(filed.lengths(), plain.lengths())
    assert filed.unknown_share() == plain.unknown_share() > 0
    whole = Tokenizer.from_file(str(backbone / "tokenizer.json"))
    for at in range(0, len(lines), 13):
        assert filed.tokens(at).tolist() == plain.tokens(at).tolist() == whole.encode(lines[at]).ids


def test_memory_does_not_grow_with_the_tokens(tmp_path: Path) -> None:
    def peak(texts: int) -> int:
        filed = Tokens(tmp_path, held=10_000)
        row = list(range(50))
        tracemalloc.start()
        for _ in range(texts):
            filed.append(row)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(filed) == texts
        return most

    small, large = peak(2_000), peak(40_000)  # 0.4 and 8 MB of tokens
    assert large - small < 38_000 * 8 * 2  # the ends of the texts, and the room an array grows by


def test_a_run_over_filed_tokens_gives_the_same_weights(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = carry_out(tiny.make_job(pairs, backbone, tmp_path / "whole", tiny.pair_plan()))
    made: list[Tokens] = []
    start = Tokens.__init__

    def small(self: Tokens, scratch: Path | None = None) -> None:
        start(self, scratch, 100)
        made.append(self)

    monkeypatch.setattr(Tokens, "__init__", small)
    filed = carry_out(tiny.make_job(pairs, backbone, tmp_path / "filed", tiny.pair_plan()))
    assert made[0].filed > 100
    assert filed["reproduce"] == whole["reproduce"]
    assert filed["evaluation"] == whole["evaluation"]
