"""A linear head on frozen vectors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from modeling.training.encoder import Encoder
from modeling.training.methods.base import Method
from modeling.training.publish import write_model


class Head(Method):
    """The trunk is fixed, so the vector of a text is computed once; a square matrix, from the identity, is
    learnt."""

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        for value in encoder.trunk.parameters():
            value.requires_grad_(False)
        size = encoder.source.hidden_size
        encoder.head = nn.Linear(size, size, bias=False)
        with torch.no_grad():
            encoder.head.weight.copy_(torch.eye(size))
        encoder.frozen_trunk = True

    def save(self, encoder: Encoder, folder: Path) -> None:
        write_model(encoder, folder)


METHOD = Head()
