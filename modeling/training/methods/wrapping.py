"""What the methods that come from peft share: finding the maps to adapt, writing adapters, merging."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from peft import PeftConfig, get_peft_model
from torch import nn
from transformers.pytorch_utils import Conv1D

from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped
from modeling.training.publish import write_model

ADAPTER = "adapter"


def linear_maps(encoder: Encoder, method: str) -> tuple[list[str], bool]:
    """Names of all linear maps but the pooler, and whether they store their weight transposed (GPT-2).

    XLNet keeps its attention in bare tensors, so only its feed-forward maps are found.
    Raises ``TrainingStopped`` (method.unfit) where there is none.
    """
    maps = {
        name: module
        for name, module in encoder.trunk.named_modules()
        if isinstance(module, nn.Linear | Conv1D) and "pooler" not in name
    }
    if not maps:
        raise unfit(encoder, method)
    return list(maps), any(isinstance(module, Conv1D) for module in maps.values())


def wrap(encoder: Encoder, config: PeftConfig) -> None:
    """Put the adapters of ``config`` into the trunk; everything else is frozen."""
    for value in encoder.trunk.parameters():
        value.requires_grad_(False)
    encoder.trunk = get_peft_model(encoder.trunk, config)


def write_adapter(encoder: Encoder, folder: Path) -> None:
    """The adapter in peft's own format, free of paths of this machine."""
    trunk: Any = encoder.trunk
    trunk.peft_config["default"].base_model_name_or_path = encoder.source.name
    shutil.rmtree(folder, ignore_errors=True)
    # False: peft would else ask the network whether the vocabulary of the backbone has changed.
    trunk.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # peft's own card, which knows nothing of this run


def publish_merged(encoder: Encoder, folder: Path) -> None:
    """The adapter beside the model folder and, for those without peft, the merged model in it."""
    write_adapter(encoder, folder.parent / ADAPTER)
    encoder.trunk = encoder.trunk.merge_and_unload()  # type: ignore[operator]
    write_model(encoder, folder)


def unfit(encoder: Encoder, method: str) -> TrainingStopped:
    """The refusal of a backbone the method cannot work on."""
    return TrainingStopped("method.unfit", method=method, architecture=encoder.source.architecture)
