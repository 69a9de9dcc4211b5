"""Smaller models of the same type: built from a changed configuration and strictly filled, so that what comes
out is what transformers itself will load from the published folder."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from modeling.training import packing
from modeling.training.encoder import Encoder, layers
from modeling.training.failures import TrainingStopped

#: What configurations call the width of a feed-forward network.
_WIDTHS: Final = ("intermediate_size", "hidden_dim", "n_inner", "d_inner")


@dataclass(frozen=True)
class Inner:
    """The feed-forward networks of a model. ``key``: what its configuration calls their ``width``; ``into``:
    names of the maps into it, by layer, twice as wide where gate and value share one; ``out``: of the map out
    of it."""

    key: str
    width: int
    into: tuple[tuple[str, ...], ...]
    out: tuple[str, ...]


def merge(encoder: Encoder) -> PreTrainedModel:
    """The trunk with what adapters learnt in its own weights, nothing frozen for good and nothing cached."""
    found: Any = encoder.trunk
    if hasattr(found, "merge_and_unload"):
        found = found.merge_and_unload()
    if not isinstance(found, PreTrainedModel):
        raise TypeError("the trunk is not a transformers model")
    encoder.trunk = found
    encoder.frozen_trunk = False
    return found


def blocks_of(encoder: Encoder, stage: str) -> tuple[str, nn.ModuleList]:
    """The list of layers and its name. Raises ``TrainingStopped`` (stage.unfit) where layers share
    weights."""
    found = layers(encoder.trunk)
    if found is None or len({id(block) for block in found}) < len(found):
        raise unfit(encoder, stage)
    return next(name for name, module in encoder.trunk.named_modules() if module is found), found


def inner_of(encoder: Encoder, stage: str) -> Inner:
    """Raises ``TrainingStopped`` (stage.unfit) where the networks cannot be told from the rest."""
    prefix, blocks = blocks_of(encoder, stage)
    config: Any = encoder.trunk.config
    key = next((name for name in _WIDTHS if hasattr(config, name)), "")
    width = int(getattr(config, key, 0) or 4 * encoder.source.hidden_size)
    into, out = [], []
    for at, block in enumerate(blocks):
        maps = [(n, m) for n, m in block.named_modules() if isinstance(m, nn.Linear | Conv1D)]
        ins = tuple(f"{prefix}.{at}.{n}" for n, m in maps if _sizes(m)[1] == width)
        both = tuple(f"{prefix}.{at}.{n}" for n, m in maps if _sizes(m)[1] == 2 * width)
        outs = [f"{prefix}.{at}.{n}" for n, m in maps if _sizes(m)[0] == width]
        if not key or len(outs) != 1 or len(ins or both) not in {1, 2}:
            raise unfit(encoder, stage)
        into.append(ins or both)
        out.append(outs[0])
    return Inner(key, width, tuple(into), tuple(out))


def shorter(encoder: Encoder, kept: Sequence[int]) -> PreTrainedModel:
    """The model with only the layers ``kept``, ascending from 0."""
    prefix, blocks = blocks_of(encoder, "distill")
    place = {old: new for new, old in enumerate(kept)}
    state: dict[str, Tensor] = {}
    for name, value in encoder.trunk.state_dict().items():
        if not name.startswith(f"{prefix}."):
            state[name] = value
            continue
        at, rest = name.removeprefix(f"{prefix}.").split(".", 1)
        if int(at) in place:
            state[f"{prefix}.{place[int(at)]}.{rest}"] = value
    changes: dict[str, Any] = {"num_hidden_layers": len(kept)}
    kinds = getattr(encoder.trunk.config, "layer_types", None)
    if isinstance(kinds, list) and len(kinds) == len(blocks):
        changes["layer_types"] = [kinds[at] for at in kept]
    return _built(encoder, changes, state)


def narrower(encoder: Encoder, inner: Inner, kept: Sequence[np.ndarray]) -> PreTrainedModel:
    """The model whose layers keep only some neurons of their networks: ``kept``, ascending, by layer, equally
    many in each."""
    state = dict(encoder.trunk.state_dict())
    for into, out, rows in zip(inner.into, inner.out, kept, strict=True):
        chosen = torch.from_numpy(rows)
        for name in into:
            module = encoder.trunk.get_submodule(name)
            twice = _sizes(module)[1] == 2 * inner.width
            wanted = torch.cat([chosen, chosen + inner.width]) if twice else chosen
            way = 1 if isinstance(module, Conv1D) else 0
            state[f"{name}.weight"] = state[f"{name}.weight"].index_select(way, wanted)
            if f"{name}.bias" in state:
                state[f"{name}.bias"] = state[f"{name}.bias"].index_select(0, wanted)
        way = 0 if isinstance(encoder.trunk.get_submodule(out), Conv1D) else 1
        state[f"{out}.weight"] = state[f"{out}.weight"].index_select(way, chosen)
    return _built(encoder, {inner.key: len(kept[0])}, state)


def install(encoder: Encoder, trunk: PreTrainedModel) -> None:
    """Put a trunk of the same type into the encoder, packed or padded as the one before."""
    trunk.set_attn_implementation(packing.ATTENTION if encoder.packs else "sdpa")
    encoder.trunk = trunk


def parameters_of(encoder: Encoder) -> int:
    return sum(value.numel() for value in encoder.parameters())


def unfit(encoder: Encoder, stage: str) -> TrainingStopped:
    """The refusal of a backbone the stage cannot work on."""
    return TrainingStopped("stage.unfit", stage=stage, architecture=encoder.source.architecture)


def _built(encoder: Encoder, changes: Mapping[str, Any], state: Mapping[str, Tensor]) -> PreTrainedModel:
    trunk: Any = encoder.trunk
    config = copy.deepcopy(trunk.config)
    for key, value in changes.items():
        setattr(config, key, value)
    model: PreTrainedModel = type(trunk)(config)
    model.load_state_dict(state, strict=True)
    return model


def _sizes(module: nn.Module) -> tuple[int, int]:
    """``(in, out)`` of a linear map; GPT-2 stores its weight transposed."""
    rows, columns = module.weight.shape  # type: ignore[misc]
    return (rows, columns) if isinstance(module, Conv1D) else (columns, rows)
