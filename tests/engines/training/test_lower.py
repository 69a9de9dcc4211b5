"""What frozen layers give, computed once: the same losses from fewer passes, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from modeling.training import backbones, lower
from modeling.training.config import parse_plan, plan_bytes
from modeling.training.encoder import Encoder, layers
from modeling.training.failures import Cancelled, Refused, TrainingStopped
from modeling.training.lower import Lower
from modeling.training.methods import load_method
from modeling.training.steps import Appetite, gradients
from modeling.training.texts import TextStore
from tests.engines.training import tiny
from tests.engines.training.architectures import PACKED, make_model
from tests.engines.training.test_steps import batch

CarryOut = Callable[..., dict[str, Any]]


def frozen(folder: Path, cached: int) -> tuple[Encoder, nn.ModuleList]:
    encoder = Encoder(backbones.resolve("tiny", folder), "mean", "fp32")
    load_method("freeze").prepare(encoder, {"layers": 1, "cached": cached}, 0, 30)
    blocks = layers(encoder.trunk)
    assert blocks is not None
    return encoder, blocks


def filled(folder: Path, scratch: Path) -> TextStore:
    store = TextStore(folder, 12, scratch)
    store.add([f"{colour} {noun}" for colour in tiny.COLOURS for noun in tiny.NOUNS])
    return store


def counted(block: nn.Module) -> list[int]:
    """Texts' passes through a layer that were really computed: its inner maps ran."""
    calls: list[int] = []
    linear = next(module for module in block.modules() if isinstance(module, nn.Linear))
    linear.register_forward_hook(lambda *_: calls.append(1))
    return calls


def test_later_epochs_do_not_pass_the_frozen_layers(backbone: Path, tmp_path: Path) -> None:
    made = {}
    for name, cached, most in (("plain", 0, 0), ("kept", 1, lower.MOST), ("recomputed", 1, 1)):
        encoder, blocks = frozen(backbone, cached)
        below, above = counted(blocks[0]), counted(blocks[1])
        if encoder.lower is not None:
            encoder.lower._most = most
        encoder.train()
        store = filled(backbone, tmp_path)
        losses = [gradients(encoder, store, batch(seed), Appetite(0)) for seed in (1, 2, 1, 2, 1, 2)]
        grads = {n: p.grad.clone() for n, p in encoder.named_parameters() if p.grad is not None}
        made[name] = (losses, grads, len(below), len(above))
    assert made["plain"][2:] == (6, 6)
    assert made["recomputed"][2:] == (6, 6)
    assert made["kept"][2:] == (1, 6)  # 48 texts are one block
    kept, recomputed = made["kept"], made["recomputed"]
    assert kept[0] == pytest.approx(recomputed[0], abs=1e-5)
    assert kept[0][:2] == kept[0][2:4] == kept[0][4:]
    assert kept[0] != pytest.approx(made["plain"][0], abs=1e-5)  # dropout below, in the plain one only
    assert kept[1].keys() == recomputed[1].keys() == made["plain"][1].keys()
    assert all(torch.allclose(kept[1][n], value, atol=1e-5) for n, value in recomputed[1].items())


def test_without_dropout_below_the_losses_are_those_of_plain_freezing(backbone: Path, tmp_path: Path) -> None:
    plain, _blocks = frozen(backbone, 0)
    kept, _ = frozen(backbone, 1)
    store = filled(backbone, tmp_path)
    for encoder in (plain, kept):
        encoder.train()
        for module in encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
    for seed in (1, 2, 3):
        whole = gradients(plain, store, batch(seed), Appetite(0))
        assert gradients(kept, store, batch(seed), Appetite(0)) == pytest.approx(whole, abs=1e-5)


@pytest.mark.parametrize("kind", [kind for kind in PACKED if kind != "albert"])
def test_every_packed_architecture_gives_the_vectors_of_the_whole_model(kind: str, tmp_path: Path) -> None:
    make_model(kind, tmp_path / kind)
    tiny.make_tokenizer(tmp_path / kind)
    encoder, blocks = frozen(tmp_path / kind, 1)
    plain, _ = frozen(tmp_path / kind, 0)
    store = filled(tmp_path / kind, tmp_path)
    below = [module for module in blocks[0].modules() if not list(module.children())]
    calls: list[int] = []
    below[0].register_forward_hook(lambda *_: calls.append(1))
    numbers = np.arange(len(store))
    first = encoder.embed(store, numbers)
    assert calls
    calls.clear()
    assert np.array_equal(encoder.embed(store, numbers), first)
    assert not calls
    assert np.allclose(first, plain.embed(store, numbers), atol=2e-5)


def test_a_run_keeps_one_file_resumes_to_the_same_bits_and_leaves_nothing(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = tiny.pair_plan(method="freeze", options={"layers": 1, "cached": 1}, recipe={"pass_texts": 5})
    job = tiny.make_job(pairs, backbone, tmp_path / "out", plan)
    with pytest.raises(Cancelled):
        carry_out(job, lambda step: Cancelled("run.cancelled", step=step) if step == 33 else None)
    resumed = carry_out(job)
    whole = carry_out(tiny.make_job(pairs, backbone, tmp_path / "whole", plan))
    assert resumed["training"]["resumed_from"] == 33
    assert resumed["reproduce"] == whole["reproduce"]
    assert resumed["evaluation"] == whole["evaluation"]
    assert tiny.points(tmp_path / "out") == tiny.points(tmp_path / "whole")
    assert "run.lower_kept" in (tmp_path / "whole" / "log.jsonl").read_text()
    names = {path.name for path in (tmp_path / "whole").iterdir()}
    assert names == {"checkpoints", "log.jsonl", "metrics.jsonl", "model", "progress.json", "result.json"}


def test_too_many_states_are_not_kept_and_the_log_says_so(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lower.__init__, "__defaults__", (1000,))
    plan = tiny.pair_plan(method="freeze", options={"layers": 1, "cached": 1})
    small = carry_out(tiny.make_job(pairs, backbone, tmp_path / "small", plan))
    assert "run.lower_too_large" in (tmp_path / "small" / "log.jsonl").read_text()
    monkeypatch.undo()
    kept = carry_out(tiny.make_job(pairs, backbone, tmp_path / "kept", plan))
    ours, theirs = (tiny.points(tmp_path / name, "train/loss") for name in ("small", "kept"))
    assert ours == pytest.approx(theirs, abs=1e-3)  # 60 steps carry a last bit further
    assert ours["train/loss", 1] == pytest.approx(theirs["train/loss", 1], abs=1e-5)
    assert small["training"]["steps"] == kept["training"]["steps"]


def test_a_model_that_must_be_padded_is_refused(tmp_path: Path) -> None:
    make_model("xlnet", tmp_path / "xlnet")
    tiny.make_tokenizer(tmp_path / "xlnet")
    with pytest.raises(TrainingStopped, match=r"method\.no_cache"):
        frozen(tmp_path / "xlnet", 1)
    with pytest.raises(Refused, match="cached"):
        parse_plan(tiny.pair_plan(method="freeze", options={"cached": 2}))
    assert b"cached" not in plan_bytes(parse_plan(tiny.pair_plan(method="freeze")))
