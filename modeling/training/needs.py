"""What a backbone asks of a machine: memory and floating-point operations, by counting. Loads no torch.

Estimates for choosing, not measurements: fp32 weights, AdamW with two moments, activations kept for the
backward pass. `docs/concepts/backbones.md` says how far they lie from what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from modeling.training.methods import METHODS

FLOAT: Final = 4
#: Python, torch and the libraries before a weight is loaded, bytes.
PROCESS: Final = 420 * 2**20
#: Floats a layer keeps per token for its backward pass, in hidden sizes and in inner sizes.
_KEPT_HIDDEN: Final = 14
_KEPT_INNER: Final = 3
#: Floating-point operations of one CPU-second where nothing was measured: one core, fp32.
STATED_FLOPS: Final = 2e10


@dataclass(frozen=True)
class Size:
    """The counts an estimate needs; ``embedding`` parameters are part of ``parameters``."""

    parameters: int
    embedding: int
    layers: int
    hidden: int
    inner: int

    @property
    def multiplied(self) -> int:
        """Parameters every token is multiplied with."""
        return max(1, self.parameters - self.embedding)


Count = Callable[[Size, Mapping[str, float]], float]


def _low_rank(size: Size, rank: float) -> float:
    return size.layers * rank * (8 * size.hidden + 2 * (size.hidden + size.inner))


#: Parameters that move, by method.
_MOVING: Final[dict[str, Count]] = {
    "full": lambda size, _: size.multiplied,
    "freeze": lambda size, o: size.multiplied * max(1, size.layers - o["layers"]) / max(1, size.layers),
    "lora": lambda size, o: _low_rank(size, o["rank"]),
    "adalora": lambda size, o: _low_rank(size, o["rank"] + o["spare_rank"]),
    "ia3": lambda size, _: size.layers * (2 * size.hidden + size.inner),
    "adapter": lambda size, o: size.layers * (2 * size.hidden * o["width"] + o["width"] + size.hidden),
    "prefix": lambda size, o: 2 * size.layers * o["tokens"] * size.hidden,
    "prompt": lambda size, o: o["tokens"] * size.hidden,
    "ptuning": lambda size, o: o["tokens"] * size.hidden + 2 * size.hidden * o["hidden"] + o["hidden"] ** 2,
    "head": lambda size, _: size.hidden**2,
}


def moving(size: Size, method: str) -> int:
    """Parameters that move under a method with its default options; one nobody counted moves everything."""
    card = METHODS.get(method)
    count = _MOVING.get(method, _MOVING["full"])
    return round(count(size, card.defaults if card else {}))


def inference_bytes(size: Size, tokens: int) -> int:
    """Memory of a process that encodes ``tokens`` tokens at once."""
    layer = tokens * (_KEPT_HIDDEN * size.hidden + _KEPT_INNER * size.inner) * FLOAT
    return PROCESS + size.parameters * FLOAT + layer


def training_bytes(size: Size, method: str, tokens: int) -> int:
    """Memory of a training process: weights, gradient and two moments of what moves, and the activations of
    ``tokens`` tokens in every layer the gradient goes through."""
    through = 1 if method == "head" else size.layers
    kept = tokens * through * (_KEPT_HIDDEN * size.hidden + _KEPT_INNER * size.inner) * FLOAT
    return PROCESS + size.parameters * FLOAT + 3 * moving(size, method) * FLOAT + kept


def training_flops(size: Size, method: str, tokens: float) -> float:
    """Operations to pass ``tokens`` tokens once: 2 per parameter forward, 2 for the gradient of activations,
    2 for that of the weights that move; a frozen encoder is passed forward only."""
    forward = 2.0 * size.multiplied * tokens
    if method == "head":
        return forward + 6.0 * moving(size, method) * tokens
    return 2 * forward + 2.0 * moving(size, method) * tokens
