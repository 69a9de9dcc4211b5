from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from modeling.training import backbones, checkpoint, losses
from modeling.training.config import RecipePlan, TrainingPlan, parse_plan, plan_digest
from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped
from modeling.training.steps import Appetite, Batch, gradients
from modeling.training.texts import TextStore
from tests.engines.training.tiny import COLOURS, NOUNS, make_backbone, pair_plan


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_backbone(tmp_path_factory.mktemp("backbone") / "tiny")


@pytest.fixture
def encoder(backbone: Path) -> Encoder:
    return Encoder(backbones.resolve("tiny", backbone), "mean", "fp32")


@pytest.fixture
def store(backbone: Path) -> TextStore:
    found = TextStore(backbone, 16)
    found.add([f"{colour} {noun}" for colour in COLOURS for noun in NOUNS])
    return found


def batch(seed: int = 0) -> Batch:
    numbers = np.random.default_rng(seed).integers(0, len(COLOURS) * len(NOUNS), 24)
    labels = torch.arange(12, dtype=torch.float32)
    return Batch(numbers, lambda v: losses.in_batch(v[:12], v[12:], labels, 20.0), seed, 7)


def made(encoder: Encoder, store: TextStore, texts: int) -> tuple[float, dict[str, Tensor]]:
    loss = gradients(encoder, store, batch(), Appetite(texts))
    return loss, {n: p.grad.clone() for n, p in encoder.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("texts", [1, 3, 5, 24])
def test_pieces_give_the_loss_and_the_gradient_of_the_whole_batch(
    encoder: Encoder, store: TextStore, texts: int
) -> None:
    encoder.eval()  # without dropout, which differs by how a batch is cut
    whole, expected = made(encoder, store, 0)
    loss, found = made(encoder, store, texts)
    assert loss == pytest.approx(whole, abs=1e-5)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.allclose(found[name], value, atol=1e-5, rtol=1e-4), name


def test_both_passes_over_a_piece_drop_the_same_units(encoder: Encoder, store: TextStore) -> None:
    seen: dict[tuple[int, ...], list[Tensor]] = {}
    original = encoder.vectors

    def watched(store: TextStore, numbers: np.ndarray) -> Tensor:
        found = original(store, numbers)
        seen.setdefault(tuple(numbers.tolist()), []).append(found.detach().clone())
        return found

    encoder.train()
    encoder.vectors = watched  # type: ignore[method-assign]
    made(encoder, store, 5)
    assert len(seen) > 1
    assert all(len(twice) == 2 and torch.equal(*twice) for twice in seen.values())


def full_above(encoder: Encoder, texts: int, error: Callable[[], Exception]) -> None:
    original = encoder.vectors

    def limited(store: TextStore, numbers: np.ndarray) -> Tensor:
        if len(numbers) > texts:
            raise error()
        return original(store, numbers)

    encoder.vectors = limited  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "error",
    [
        lambda: torch.OutOfMemoryError("CUDA out of memory."),
        lambda: RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"),
        MemoryError,
    ],
)
def test_where_memory_ends_the_pieces_are_halved_and_the_loss_stays(
    encoder: Encoder, store: TextStore, error: Callable[[], Exception]
) -> None:
    encoder.eval()
    whole, expected = made(encoder, store, 0)
    full_above(encoder, 4, error)
    appetite = Appetite(0)
    assert gradients(encoder, store, batch(), appetite) == pytest.approx(whole, abs=1e-5)
    assert 1 <= appetite.texts <= 4
    for name, value in encoder.named_parameters():
        if value.grad is not None:
            assert torch.allclose(value.grad, expected[name], atol=1e-5, rtol=1e-4), name


def test_one_text_too_many_ends_the_run_with_a_reason(encoder: Encoder, store: TextStore) -> None:
    full_above(encoder, 0, MemoryError)
    with pytest.raises(TrainingStopped) as caught:
        gradients(encoder, store, batch(), Appetite(0))
    assert caught.value.code == "run.out_of_memory"


def test_another_error_is_not_taken_for_full_memory(encoder: Encoder, store: TextStore) -> None:
    full_above(encoder, 4, lambda: RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes"):
        gradients(encoder, store, batch(), Appetite(0))


def test_a_resumed_run_cuts_its_batches_as_it_did(encoder: Encoder, tmp_path: Path) -> None:
    parameters = encoder.trainable()
    optimizer = torch.optim.AdamW(parameters.values())
    kept = checkpoint.State(parameters, optimizer, {"plan": "a"}, appetite=Appetite(6))
    checkpoint.save(tmp_path, 3, kept)
    again = checkpoint.State(parameters, optimizer, {"plan": "a"}, appetite=Appetite(0))
    assert checkpoint.restore(tmp_path, again) == 3
    assert again.appetite.texts == 6


def test_a_key_that_came_later_leaves_the_digest_of_older_plans() -> None:
    plan = parse_plan(pair_plan())
    assert "pass_texts" not in plan.as_json()["recipe"]
    asked = parse_plan(pair_plan(recipe={"pass_texts": 8}))
    assert asked.as_json()["recipe"]["pass_texts"] == 8
    assert plan_digest(asked) != plan_digest(plan)
    assert isinstance(parse_plan(asked.as_json()), TrainingPlan)
    assert RecipePlan().pass_texts == 0
