"""LoRA on all linear maps of the encoder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from modeling.training.encoder import Encoder
from modeling.training.publish import write_model


class Lora:
    """``rank``, ``alpha``, ``dropout``. Publishes the adapter and, for those without peft, the merged
    model."""

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int) -> None:
        torch.manual_seed(seed)  # the A matrices start at random
        linear = [
            name
            for name, module in encoder.trunk.named_modules()
            if isinstance(module, nn.Linear) and "pooler" not in name
        ]
        config = LoraConfig(
            r=int(options["rank"]),
            lora_alpha=int(options["alpha"]),
            lora_dropout=options["dropout"],
            target_modules=linear,
            bias="none",
        )
        encoder.trunk = get_peft_model(encoder.trunk, config)

    def save(self, encoder: Encoder, folder: Path) -> None:
        adapter = folder.parent / "adapter"
        encoder.trunk.save_pretrained(adapter, safe_serialization=True)  # type: ignore[operator]
        encoder.trunk = encoder.trunk.merge_and_unload()  # type: ignore[operator]
        write_model(encoder, folder)


METHOD = Lora()
