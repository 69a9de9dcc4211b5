"""LoRA on all linear maps of the encoder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from peft import LoraConfig

from modeling.training.encoder import Encoder
from modeling.training.methods.base import Method
from modeling.training.methods.wrapping import linear_maps, publish_merged, wrap


class Lora(Method):
    """``rank``, ``alpha``, ``dropout``. Publishes the adapter and, for those without peft, the merged
    model."""

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        torch.manual_seed(seed)  # the A matrices start at random
        maps, transposed = linear_maps(encoder, "lora")
        config = LoraConfig(
            r=int(options["rank"]),
            lora_alpha=int(options["alpha"]),
            lora_dropout=options["dropout"],
            target_modules=maps,
            fan_in_fan_out=transposed,
            bias="none",
        )
        wrap(encoder, config)

    def save(self, encoder: Encoder, folder: Path) -> None:
        publish_merged(encoder, folder)


METHOD = Lora()
