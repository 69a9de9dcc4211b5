"""Bottleneck adapters (Houlsby et al. 2019, arXiv 1902.00751), one behind each layer as Pfeiffer et al. place
them (arXiv 2005.00247)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from modeling.training.encoder import Encoder, layers
from modeling.training.methods.base import Method
from modeling.training.methods.wrapping import ADAPTER, unfit
from modeling.training.publish import write_model
from modeling.training.spool import write_json

_WEIGHTS, _CONFIG = "adapter_model.safetensors", "adapter_config.json"


class Bottleneck(nn.Module):
    """``h + up(gelu(down(h)))`` over hidden states (…, d). ``up`` starts at zero, so it starts as nothing."""

    def __init__(self, size: int, width: int, dropout: float) -> None:
        super().__init__()
        self.down = nn.Linear(size, width)
        self.up = nn.Linear(width, size)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.down.weight, std=0.02)
        for start in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(start)

    def forward(self, hidden: Tensor) -> Tensor:
        inner = self.dropout(nn.functional.gelu(self.down(hidden)))
        change: Tensor = self.up(inner)
        return hidden + change.to(hidden.dtype)


class Adapter(Method):
    """``width``, ``dropout``. A network behind a layer cannot be merged into it: the published weights are
    the backbone's, the adapters lie in ``adapter/`` beside them, and ``published.load`` joins the two."""

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        torch.manual_seed(seed)
        for value in encoder.trunk.parameters():
            value.requires_grad_(False)
        _insert(encoder, int(options["width"]), options["dropout"])

    def save(self, encoder: Encoder, folder: Path) -> None:
        write_model(encoder, folder, "adapter")
        tensors = {name: value.contiguous() for name, value in encoder.added.state_dict().items()}
        place = folder / ADAPTER
        write_json(place / _CONFIG, {"schema": "gavel.bottleneck/1", "width": len(tensors["0.down.weight"])})
        save_file(tensors, place / _WEIGHTS)

    def load(self, encoder: Encoder, folder: Path) -> None:
        width = json.loads((folder / ADAPTER / _CONFIG).read_bytes())["width"]
        _insert(encoder, int(width), 0.0)
        encoder.added.load_state_dict(load_file(folder / ADAPTER / _WEIGHTS))


def _insert(encoder: Encoder, width: int, dropout: float) -> None:
    blocks = layers(encoder.trunk)
    if blocks is None:
        raise unfit(encoder, "adapter")
    for at, block in enumerate(blocks):
        network = Bottleneck(encoder.source.hidden_size, width, dropout)
        encoder.added[str(at)] = network
        block.register_forward_hook(partial(_behind, network))


def _behind(network: Bottleneck, block: nn.Module, given: Any, output: Any) -> Any:
    """A layer gives its hidden states, or a tuple that starts with them."""
    if isinstance(output, tuple):
        return (network(output[0]), *output[1:])
    return network(output)


METHOD = Adapter()
