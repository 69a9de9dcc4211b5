"""Whether a prepared method works on its backbone, asked of the model itself before the first step."""

from __future__ import annotations

import numpy as np
import torch

from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped

_LENGTHS = (5, 3, 4)
_SAME = 1e-3


def check_fit(encoder: Encoder, method: str) -> None:
    """Raise ``TrainingStopped`` (method.unfit) where a text does not keep its vector among others, or where
    nothing that is to move gets a gradient: a model that ignores what a method gives it would else train
    without a word."""
    last = encoder.source.vocabulary - 1  # special tokens, which some models count by, come first
    rows = [last - np.arange(length, dtype=np.int64) for length in _LENGTHS]
    try:
        good = _isolates(encoder, rows) and _learns(encoder, rows)
    except (TypeError, ValueError, AttributeError, IndexError, RuntimeError):
        good = False
    encoder.zero_grad(set_to_none=True)
    if not good:
        raise TrainingStopped("method.unfit", method=method, architecture=encoder.source.architecture)


def _isolates(encoder: Encoder, rows: list[np.ndarray]) -> bool:
    encoder.eval()
    exact, encoder.autocast = encoder.autocast, False
    with torch.no_grad():
        alone = torch.cat([encoder([row]) for row in rows])
        same = torch.allclose(encoder(rows), alone, rtol=_SAME, atol=_SAME)
    encoder.autocast = exact
    return same


def _learns(encoder: Encoder, rows: list[np.ndarray]) -> bool:
    encoder.train()
    torch.manual_seed(0)
    vectors = encoder(rows)
    (vectors * torch.randn(vectors.shape).to(vectors.device)).sum().backward()
    grads = [value.grad for value in encoder.trainable().values() if value.grad is not None]
    return any(bool(grad.isfinite().all()) and bool(grad.any()) for grad in grads)
