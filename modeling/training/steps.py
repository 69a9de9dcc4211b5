"""One optimizer step, in as many passes as memory asks for.

A contrastive loss compares every text of a batch with every other, so a batch cannot simply be cut up. Its
gradient can: the vectors of all texts are made first without a graph, the loss gives the gradient at each
vector, and each piece is then passed again with it (gradient caching: Gao et al. 2021, arXiv 2101.06983).
The loss is that of the whole batch however small the pieces; the price is one more pass forward.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped
from modeling.training.texts import TextStore

_PRIME = 1_000_003
_FULL = ("can't allocate memory", "not enough memory", "out of memory")


@dataclass
class Appetite:
    """Texts of one pass; 0 takes a whole batch. Halved where memory ends, and kept in the checkpoint, so
    that a resumed run cuts its batches as it did before."""

    texts: int


@dataclass(frozen=True)
class Batch:
    """One step's texts by number: ``numbers`` int64 (n,). ``loss`` maps their unit vectors (n, d) to a
    scalar; ``seed`` and ``step`` decide its dropout; ``penalty``: what a method adds for its own weights."""

    numbers: np.ndarray
    loss: Callable[[Tensor], Tensor]
    seed: int
    step: int
    penalty: Callable[[], Tensor | None] = lambda: None


def gradients(encoder: Encoder, store: TextStore, batch: Batch, appetite: Appetite) -> float:
    """Leave the gradient of a batch in the parameters; returns its loss.

    Where memory ends the pieces are halved and the step begins anew. Raises ``TrainingStopped``:
    run.nan_loss; run.out_of_memory where one text is too much.
    """
    while True:
        encoder.zero_grad(set_to_none=True)
        try:
            value = _gradients(encoder, store, batch, appetite.texts)
            penalty = batch.penalty()
            if penalty is not None:
                penalty.backward()  # type: ignore[no-untyped-call]
            return value
        except (RuntimeError, MemoryError) as error:
            if not memory_ended(error):
                raise
            held = min(appetite.texts or len(batch.numbers), len(np.unique(batch.numbers)))
        if held <= 1:
            raise TrainingStopped("run.out_of_memory", step=batch.step)
        appetite.texts = held // 2
        if encoder.device.type == "cuda":
            torch.cuda.empty_cache()


def clip(parameters: Sequence[nn.Parameter], most: float, step: int) -> float:
    """Cut the gradient to norm ``most``; returns its norm before. Raises ``TrainingStopped``
    (run.nan_loss)."""
    norm = float(torch.nn.utils.clip_grad_norm_(parameters, most))
    if not math.isfinite(norm):
        raise TrainingStopped("run.nan_loss", step=step)
    return norm


def _gradients(encoder: Encoder, store: TextStore, batch: Batch, texts: int) -> float:
    unique, inverse = np.unique(batch.numbers, return_inverse=True)
    places = torch.from_numpy(inverse).to(encoder.device)
    size = texts or len(unique)
    pieces = [unique[at : at + size] for at in range(0, len(unique), size)]
    if len(pieces) == 1:
        loss = batch.loss(pass_of(encoder, store, pieces, 0, batch)[places])
        check_finite(loss, batch.step)
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())
    with torch.no_grad():
        made = torch.cat([pass_of(encoder, store, pieces, at, batch) for at in range(len(pieces))])
    leaf = made.requires_grad_()
    loss = batch.loss(leaf[places])
    check_finite(loss, batch.step)
    loss.backward()  # type: ignore[no-untyped-call]
    for at, wanted in enumerate(torch.split(cast(Tensor, leaf.grad), size)):
        pass_of(encoder, store, pieces, at, batch).backward(wanted)  # type: ignore[no-untyped-call]
    return float(loss.detach())


def pass_of(encoder: Encoder, store: TextStore, pieces: list[np.ndarray], at: int, batch: Batch) -> Tensor:
    """Unit vectors of the texts of piece ``at``. Both passes over a piece drop the same units: its generator
    is seeded by step and place."""
    torch.manual_seed(batch.seed * _PRIME + batch.step + at * _PRIME * _PRIME)
    return encoder.vectors(store, pieces[at])


def check_finite(loss: Tensor, step: int) -> None:
    """Raise ``TrainingStopped`` (run.nan_loss) where a loss is no finite number."""
    if not math.isfinite(float(loss.detach())):
        raise TrainingStopped("run.nan_loss", step=step)


def memory_ended(error: RuntimeError | MemoryError) -> bool:
    """Whether an error says that memory ended, of the machine or its card."""
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or any(words in str(error) for words in _FULL)
