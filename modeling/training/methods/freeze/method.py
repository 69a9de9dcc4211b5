"""Partial freezing.

What the frozen layers give may be kept (``cached``, see ``lower``). It is not by default, because that takes
the dropout out of those layers, and plans from before must compute what they did; the gain over plain
freezing is 8 % from the second epoch on (fine-tuning §4).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modeling.training.encoder import Encoder, freeze_inputs, layers
from modeling.training.failures import TrainingStopped
from modeling.training.lower import Lower
from modeling.training.methods.base import Method
from modeling.training.methods.wrapping import unfit
from modeling.training.publish import write_model


class Freeze(Method):
    """The lowest ``layers`` layers and all that lies before them stay; the rest moves as in ``full``."""

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        blocks = layers(encoder.trunk)
        if blocks is None or len({id(block) for block in blocks}) < len(blocks):
            raise unfit(encoder, "freeze")
        frozen = int(options["layers"])
        if frozen >= len(blocks):
            raise TrainingStopped("method.too_many_layers", layers=frozen, most=len(blocks) - 1)
        upper = {id(value) for block in blocks[frozen:] for value in block.parameters()}
        inside = {id(value) for block in blocks for value in block.parameters()}
        before = _before(encoder)
        for value in encoder.trunk.parameters():
            value.requires_grad_(id(value) in upper or not (id(value) in inside or id(value) in before))
        freeze_inputs(encoder.trunk)
        if options["cached"]:
            encoder.lower = Lower(blocks, frozen)
            if not encoder.lower.works(encoder):
                raise TrainingStopped("method.no_cache", architecture=encoder.source.architecture)

    def save(self, encoder: Encoder, folder: Path) -> None:
        write_model(encoder, folder)


def _before(encoder: Encoder) -> set[int]:
    """What comes before the first layer: embeddings of words, places and kinds, and their norm."""
    found = {id(value) for value in encoder.trunk.parameters(recurse=False)}
    for name, module in encoder.trunk.named_children():
        if "embed" in name or name in {"wte", "wpe"}:
            found |= {id(value) for value in module.parameters()}
    return found


METHOD = Freeze()
