from __future__ import annotations

import numpy as np
import pytest
import torch

from modeling.training import packing
from modeling.training.backbones import Backbone
from modeling.training.encoder import Encoder
from tests.engines.training.architectures import PACKED, PADDED, VOCABULARY, make_model

LENGTHS = (5, 17, 17, 9, 30, 1, 8, 9)
POOLINGS = ("mean", "cls", "last")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Backbone]:
    folder = tmp_path_factory.mktemp("models")
    return {kind: make_model(kind, folder / kind) for kind in (*PACKED, *PADDED)}


def texts(seed: int = 3) -> list[np.ndarray]:
    dice = np.random.default_rng(seed)
    return [dice.integers(3, VOCABULARY, length, dtype=np.int64) for length in LENGTHS]


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_packed_text_has_the_vector_it_has_alone_and_padded(
    models: dict[str, Backbone], kind: str, pooling: str
) -> None:
    encoder = Encoder(models[kind], pooling, "fp32").eval()
    assert encoder.packs
    with torch.no_grad():
        packed = encoder(texts())
        alone = torch.cat([encoder([row]) for row in texts()])
        encoder.take_padded()
        padded = encoder(texts())
    assert torch.allclose(packed, alone, atol=1e-5, rtol=0)
    assert torch.allclose(packed, padded, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", PACKED)
def test_changing_one_text_leaves_every_other_as_it_was(models: dict[str, Backbone], kind: str) -> None:
    encoder = Encoder(models[kind], "mean", "fp32").eval()
    first = texts()
    with torch.no_grad():
        before = encoder(first)
        for changed in range(len(first)):
            other = [*first]
            other[changed] = (first[changed] + 7) % (VOCABULARY - 3) + 3
            moved = (encoder(other) - before).abs().max(dim=1).values
            assert moved[changed] > 1e-4
            assert moved[torch.arange(len(first)) != changed].max() == 0


@pytest.mark.parametrize("kind", ["bert", "modernbert", "gpt2"])
def test_gradients_are_those_of_padded_batches(models: dict[str, Backbone], kind: str) -> None:
    encoder = Encoder(models[kind], "mean", "fp32").eval()
    goal = torch.randn(len(LENGTHS), 32, generator=torch.Generator().manual_seed(5))

    def gradients() -> dict[str, torch.Tensor]:
        encoder.zero_grad()
        (encoder(texts()) * goal).sum().backward()
        return {name: p.grad.clone() for name, p in encoder.named_parameters() if p.grad is not None}

    packed = gradients()
    encoder.take_padded()
    padded = gradients()
    for name in padded:
        # A padded position can touch a table's row for padding, which no text uses.
        assert torch.allclose(packed[name], padded[name], atol=1e-4, rtol=1e-3), name


@pytest.mark.parametrize("kind", PADDED)
def test_a_model_with_an_attention_of_its_own_stays_with_padding(
    models: dict[str, Backbone], kind: str
) -> None:
    encoder = Encoder(models[kind], "mean", "fp32").eval()
    assert not encoder.packs
    with torch.no_grad():
        together = encoder(texts())
        alone = torch.cat([encoder([row]) for row in texts()])
    assert torch.allclose(together, alone, atol=1e-5, rtol=0)


def test_a_model_that_would_mix_packed_texts_is_found_out(
    models: dict[str, Backbone], monkeypatch: pytest.MonkeyPatch
) -> None:
    def mixed(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
              *_: object, **__: object) -> tuple[torch.Tensor, None]:  # fmt: skip
        return torch.nn.functional.scaled_dot_product_attention(query, key, value).transpose(1, 2), None

    from transformers import AttentionInterface

    AttentionInterface.register(packing.ATTENTION, mixed)
    try:
        assert not Encoder(models["bert"], "mean", "fp32").packs
    finally:
        AttentionInterface.register(packing.ATTENTION, packing.attention)


def test_attention_refuses_a_batch_that_does_not_say_where_its_texts_end() -> None:
    states = torch.zeros(1, 2, 6, 4)
    with pytest.raises(ValueError, match="packed"):
        packing.attention(torch.nn.Identity(), states, states, states, None)


def test_a_pack_wastes_at_most_its_slack_and_loses_no_token() -> None:
    dice = np.random.default_rng(0)
    rows = [dice.integers(0, 9, length) for length in dice.integers(1, 60, 200)]
    batch = packing.pack(rows)
    whole = sum(map(len, rows))
    assert batch.ids.shape == (1, whole)
    padded = sum(group.texts * group.longest for group in batch.groups)
    assert whole <= padded <= whole * (1 + packing.SLACK)
    starts = batch.lengths.cumsum(0) - batch.lengths
    for at, row in enumerate(rows):
        start, length = int(starts[batch.order[at]]), len(row)
        assert batch.ids[0, start : start + length].tolist() == row.tolist()
        assert batch.positions[0, start : start + length].tolist() == list(range(length))
