"""Gradient checkpointing: what a layer computed is forgotten and computed again when its gradient is due.

A layer keeps about 15 tensors of the size of its hidden states for the way back. Here only its input is kept,
so memory grows with one layer instead of all, for one more pass forward (a third more time): Chen et al.
2016, arXiv 1604.06174. Losses and gradients keep their bits: the second pass runs the same code on the same
input, and drops the same units, because the state of the random numbers is kept with the input.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import torch
from torch.utils.checkpoint import checkpoint

from modeling.training.encoder import Encoder, layers
from modeling.training.failures import TrainingStopped

#: What a decoder remembers of earlier words: a second pass would append to it a second time, and no text
#: here goes through in parts. (Prefix tuning gives its vectors that way, so its card rules this out.)
_MEMORIES: Final = ("past_key_values", "layer_past", "past_key_value")


def recompute_layers(encoder: Encoder) -> None:
    """Make every layer of the trunk forget its activations, from now on; what it computes stays the same.

    Raises ``TrainingStopped`` (method.no_layers) where the layers of a model cannot be told (ALBERT).
    """
    blocks = layers(encoder.trunk)
    if blocks is None:
        raise TrainingStopped("method.no_layers", architecture=encoder.source.architecture)
    for block in blocks:
        block.forward = partial(_recomputed, block.forward)


def _recomputed(forward: Callable[..., Any], *given: Any, **named: Any) -> Any:
    if not torch.is_grad_enabled():
        return forward(*given, **named)
    for name in _MEMORIES:
        if name in named:
            named[name] = None
    return checkpoint(forward, *given, use_reentrant=False, preserve_rng_state=True, **named)
