"""Full fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modeling.training.encoder import Encoder, freeze_inputs
from modeling.training.methods.base import Method
from modeling.training.publish import write_model


class Full(Method):
    """Every encoder weight moves, but word embeddings and pooler (fine-tuning §9)."""

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        freeze_inputs(encoder.trunk)

    def save(self, encoder: Encoder, folder: Path) -> None:
        write_model(encoder, folder)


METHOD = Full()
