"""Texts to unit vectors: backbone, pooling, optional head."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel

from modeling.training.backbones import Backbone
from modeling.training.failures import TrainingStopped
from modeling.training.texts import TextStore


class Encoder(nn.Module):
    """A bi-encoder. ``backbone`` is trunk, ``head`` a linear map or None; ``frozen_trunk`` lets vectors be
    cached."""

    def __init__(self, backbone: Backbone, pooling: str, precision: str) -> None:
        super().__init__()
        self.source = backbone
        self.pooling = pooling
        self.autocast = chooses_bf16(precision)
        self.trunk: nn.Module = _load(backbone)
        self.head: nn.Linear | None = None
        self.frozen_trunk = False
        self._cache: dict[int, Tensor] = {}

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """``ids``, ``mask``: int64 (b, t). Returns unit rows, float32 (b, d)."""
        pooled = self._pooled(ids, mask)
        return nn.functional.normalize(pooled if self.head is None else self.head(pooled), dim=1)

    def vectors(self, store: TextStore, numbers: np.ndarray) -> Tensor:
        """Unit vectors of texts for training, float32 (len, d). Each different text is encoded once."""
        unique, inverse = np.unique(numbers, return_inverse=True)
        if self.frozen_trunk and self.head is not None:
            pooled = self._cached(store, unique)
            rows = nn.functional.normalize(self.head(pooled), dim=1)
        else:
            rows = self(*padded(store, unique))
        return rows[torch.from_numpy(inverse)]

    def embed(
        self,
        store: TextStore,
        numbers: np.ndarray,
        stop: Callable[[], None] | None = None,
        batch_size: int = 64,
    ) -> np.ndarray:
        """Unit vectors for judging, float32 (texts of the store, d); rows of texts not in ``numbers`` are
        zero.

        ``stop`` is called between batches and may raise to end the work.
        """
        unique = np.unique(numbers)
        order = unique[np.argsort(store.lengths()[unique], kind="stable")]
        out = np.zeros((len(store.lengths()), self.source.hidden_size), dtype=np.float32)
        was_training = self.training
        self.eval()
        with torch.inference_mode():
            for start in range(0, len(order), batch_size):
                if stop is not None:
                    stop()
                batch = order[start : start + batch_size]
                out[batch] = self(*padded(store, batch)).numpy()
        self.train(was_training)
        return out

    def trainable(self) -> dict[str, nn.Parameter]:
        """The parameters that move, by name, in a fixed order."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def _pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        context = torch.autocast("cpu", dtype=torch.bfloat16) if self.autocast else contextlib.nullcontext()
        with context:
            hidden = self.trunk(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[:, :, None].float()
        pooled: Tensor = hidden[:, 0] if self.pooling == "cls" else (hidden.float() * weights).sum(dim=1)
        return pooled.float() if self.pooling == "cls" else pooled / weights.sum(dim=1).clamp(min=1.0)

    def _cached(self, store: TextStore, numbers: np.ndarray) -> Tensor:
        missing = np.asarray([number for number in numbers if int(number) not in self._cache], dtype=np.int64)
        if len(missing):
            self.trunk.eval()
            with torch.no_grad():
                pooled = self._pooled(*padded(store, missing))
            self._cache.update(zip((int(number) for number in missing), pooled, strict=True))
        return torch.stack([self._cache[int(number)] for number in numbers])


def padded(store: TextStore, numbers: np.ndarray) -> tuple[Tensor, Tensor]:
    """``(ids, mask)`` int64 (b, longest); padding is id 0 under mask 0."""
    rows = [store.tokens(int(number)) for number in numbers]
    longest = max(len(row) for row in rows)
    ids = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def chooses_bf16(precision: str) -> bool:
    """bf16 autocast where asked, or (``auto``) where the processor multiplies bf16 itself; else it is
    slower."""
    if precision != "auto":
        return precision == "bf16"
    flags = Path("/proc/cpuinfo")
    text = flags.read_text() if flags.is_file() else ""
    return "avx512_bf16" in text or "amx_bf16" in text


def freeze_inputs(trunk: nn.Module) -> None:
    """Freeze word embeddings and pooler: rows of unseen words must not decay, and mean pooling ignores the
    pooler."""
    for name, value in trunk.named_parameters():
        if "word_embeddings" in name or "embed_tokens" in name or "pooler" in name:
            value.requires_grad_(False)


def _load(backbone: Backbone) -> PreTrainedModel:
    try:
        model: PreTrainedModel = AutoModel.from_pretrained(
            backbone.folder,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            dtype=torch.float32,
            attn_implementation="sdpa",
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise TrainingStopped("backbone.unreadable", name=backbone.name) from error
    return model
