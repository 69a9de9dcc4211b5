"""Structured pruning of feed-forward neurons.

A neuron matters as much as the loss would change if it were switched off, to first order: |∂L/∂ξ| of a
factor ξ on what it gives (Michel et al. 2019, arXiv 1905.10650, there for heads), which is |Σ weight ·
gradient| over the weights leading out of it. It is summed over batches of training pairs, without
dropout. Every layer keeps equally many neurons, because a configuration has one width for all; so the
smaller matrices are a plain model for anybody. Nothing is trained afterwards: the report shows what it
cost. The stage takes seconds and keeps no checkpoint; a killed run does it anew, to the same bits.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from modeling.training.config import RecipePlan
from modeling.training.encoder import Encoder
from modeling.training.loop import Workshop, all_batches, batch_of
from modeling.training.stages.base import Stage
from modeling.training.stages.rebuild import Inner, inner_of, install, merge, narrower, parameters_of
from modeling.training.steps import gradients

#: The most training pairs importance is measured on.
MEASURED: Final = 1024
#: Widths are multiples of this: processors multiply such matrices fastest.
MULTIPLE: Final = 8


class Prune(Stage):
    """``recipe.prune_neurons``: the share that goes."""

    def check(self, encoder: Encoder, recipe: RecipePlan) -> None:
        inner_of(encoder, "prune")

    def run(self, shop: Workshop) -> dict[str, Any]:
        encoder = shop.encoder
        merge(encoder)
        before, inner = parameters_of(encoder), inner_of(encoder, "prune")
        width = kept_width(inner.width, shop.plan.recipe.prune_neurons)
        importance, pairs = _importance(shop, inner)
        kept = [np.sort(np.argsort(-layer, kind="stable")[:width]) for layer in importance]
        install(encoder, narrower(encoder, inner, kept))
        facts: dict[str, Any] = {
            "neurons_before": inner.width,
            "neurons": width,
            "parameters_before": before,
            "parameters": parameters_of(encoder),
            "measured_on": pairs,
        }
        shop.spool.note("prune.finished", **facts)
        return facts


def kept_width(width: int, share: float) -> int:
    """What is left of ``width`` neurons without ``share`` of them or a little more, a multiple of eight."""
    return min(width, MULTIPLE * int(width * (1 - share) / MULTIPLE) or MULTIPLE)


def _importance(shop: Workshop, inner: Inner) -> tuple[list[np.ndarray], int]:
    """One number per neuron, float64 (width,), by layer; and on how many pairs it was measured."""
    encoder, pairs = shop.encoder, 0
    encoder.trunk.requires_grad_(False)
    maps = [encoder.trunk.get_submodule(name) for name in inner.out]
    for module in maps:
        module.weight.requires_grad_(True)
    found = [np.zeros(inner.width) for _ in maps]
    encoder.eval()
    for step, (_, rows) in enumerate(all_batches(shop.plan, shop.examples, shop.store), start=1):
        if reason := shop.stop(step):
            raise reason
        gradients(encoder, shop.store, batch_of(shop, rows, step), shop.appetite)
        for total, module in zip(found, maps, strict=True):
            total += _effect(module)
        pairs += len(rows)
        if pairs >= MEASURED:
            break
    encoder.zero_grad(set_to_none=True)
    return found, pairs


def _effect(module: nn.Module) -> np.ndarray:
    weight = module.weight
    if not isinstance(weight, Tensor) or weight.grad is None:
        raise TypeError("a map without a gradient")
    product = (weight.detach() * weight.grad).double()
    return np.asarray(product.sum(dim=1 if isinstance(module, Conv1D) else 0).abs().numpy())


STAGE = Prune()
