"""Activations computed again: the same bits from fewer kept bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from modeling.training import backbones
from modeling.training.config import parse_plan, plan_bytes
from modeling.training.encoder import Encoder
from modeling.training.failures import Cancelled, Refused, TrainingStopped
from modeling.training.methods import METHODS, load_method
from modeling.training.recompute import recompute_layers
from modeling.training.steps import Appetite, gradients
from modeling.training.texts import TextStore
from tests.engines.training import tiny
from tests.engines.training.architectures import make_model
from tests.engines.training.test_steps import batch

CarryOut = Callable[..., dict[str, Any]]
ALLOWED = [name for name, card in METHODS.items() if card.recomputes]


def made(folder: Path, method: str, *, again: bool) -> tuple[float, dict[str, Tensor], int]:
    """Loss, gradients and kept bytes of one step, dropout and all."""
    encoder = Encoder(backbones.resolve("tiny", folder), "mean", "fp32")
    options = METHODS[method].defaults | tiny.OPTIONS.get(method, {})
    load_method(method).prepare(encoder, options, 0, 30)
    if again:
        recompute_layers(encoder)
    store = TextStore(folder, 12)
    store.add([f"{colour} {noun}" for colour in tiny.COLOURS for noun in tiny.NOUNS])
    own = {value.data_ptr() for value in encoder.parameters()}
    kept = 0

    def keep(value: Tensor) -> Tensor:
        nonlocal kept
        kept += value.nbytes if value.data_ptr() not in own else 0
        return value

    encoder.train()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        loss = gradients(encoder, store, batch(), Appetite(0))
    return loss, {n: p.grad for n, p in encoder.named_parameters() if p.grad is not None}, kept


@pytest.mark.parametrize("method", ALLOWED)
def test_gradients_keep_their_bits_and_fewer_bytes_are_kept(method: str, backbone: Path) -> None:
    loss, whole, kept = made(backbone, method, again=False)
    same, found, fewer = made(backbone, method, again=True)
    assert loss == same
    assert found.keys() == whole.keys()
    assert all(torch.equal(found[name], value) for name, value in whole.items())
    assert fewer < kept * (0.9 if method == "adapter" else 0.6), (kept, fewer)


@pytest.mark.parametrize("kind", ["gpt2", "xlnet"])
def test_decoders_that_remember_words_get_the_same_gradients(kind: str, tmp_path: Path) -> None:
    make_model(kind, tmp_path / kind)
    tiny.make_tokenizer(tmp_path / kind)
    loss, whole, kept = made(tmp_path / kind, "full", again=False)
    same, found, fewer = made(tmp_path / kind, "full", again=True)
    assert (loss, found.keys()) == (same, whole.keys())
    assert all(torch.equal(found[name], value) for name, value in whole.items())
    assert fewer < kept * 0.7


def test_a_killed_run_goes_on_to_the_weights_of_a_run_that_keeps_them(
    pairs: Path, backbone: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = tiny.pair_plan(recipe={"checkpointing": "layers", "epochs": 1})
    job = tiny.make_job(pairs, backbone, tmp_path / "out", plan)
    with pytest.raises(Cancelled):
        carry_out(job, lambda step: Cancelled("run.cancelled", step=step) if step == 13 else None)
    resumed = carry_out(job)
    plain = tiny.pair_plan(recipe={"epochs": 1})
    whole = carry_out(tiny.make_job(pairs, backbone, tmp_path / "plain", plain))
    assert resumed["training"]["resumed_from"] == 13
    assert resumed["reproduce"] == whole["reproduce"]
    assert tiny.points(tmp_path / "out") == tiny.points(tmp_path / "plain")


@pytest.mark.parametrize("method", ["head", "prefix"])
def test_a_method_that_keeps_nothing_to_recompute_is_refused(method: str) -> None:
    with pytest.raises(Refused, match="checkpointing"):
        parse_plan(tiny.pair_plan(method=method, recipe={"checkpointing": "layers"}))
    with pytest.raises(Refused, match="checkpointing"):
        parse_plan(tiny.pair_plan(recipe={"checkpointing": "all"}))


def test_layers_that_cannot_be_told_end_the_run_with_a_reason(tmp_path: Path) -> None:
    make_model("albert", tmp_path / "albert")
    tiny.make_tokenizer(tmp_path / "albert")
    encoder = Encoder(backbones.resolve("tiny", tmp_path / "albert"), "mean", "fp32")
    with pytest.raises(TrainingStopped, match=r"method\.no_layers"):
        recompute_layers(encoder)


def test_plans_from_before_keep_their_digest() -> None:
    assert b"checkpointing" not in plan_bytes(parse_plan(tiny.pair_plan()))
