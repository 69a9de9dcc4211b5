"""Texts to unit vectors: backbone, pooling, optional head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel

from modeling.training import packing
from modeling.training.backbones import Backbone
from modeling.training.examples import Histories
from modeling.training.failures import TrainingStopped
from modeling.training.texts import TextStore

if TYPE_CHECKING:
    from modeling.training.lower import Lower

_SAME: Final = 1e-4
_BLOCK: Final = 64
_HISTORIES: Final = 1024
_CPU: Final = torch.device("cpu")


class Encoder(nn.Module):
    """A bi-encoder. ``trunk`` is the backbone, ``head`` a linear map or None; ``frozen_trunk`` lets vectors
    be cached, ``lower`` those between its layers; ``packs`` says that batches come without padding (a method
    whose model cannot, unsets it); ``added`` holds a method's own modules; the first ``virtual`` vectors of
    each text are no word's."""

    def __init__(self, backbone: Backbone, pooling: str, precision: str) -> None:
        super().__init__()
        self.source = backbone
        self.pooling = pooling
        self.virtual = 0
        self.device = _CPU
        self._precision = precision
        self.autocast = chooses_bf16(precision)
        trunk = _load(backbone)
        self.trunk: nn.Module = trunk
        self.first_position = _first_position(trunk)
        self.packs = self._try_packing(trunk)
        self.head: nn.Linear | None = None
        self.added = nn.ModuleDict()
        self.frozen_trunk = False
        self.lower: Lower | None = None
        self.prototypes: nn.Parameter | None = None
        self.class_names: list[str] = []
        self.tower: nn.Linear | None = None
        self._cache = torch.empty(0, 0)
        self._blocks: set[int] = set()

    def move(self, device: torch.device) -> None:
        """Work on ``device`` from now on; vectors for judging come back to memory."""
        self.device = device
        self.autocast = chooses_bf16(self._precision, device)
        self.to(device)

    def learn_histories(self) -> None:
        """A map, from the identity, that turns the mean of what a user did into where they go next: what
        completes a purchase is not what resembles it."""
        size = self.source.hidden_size
        self.tower = nn.Linear(size, size, bias=False)
        with torch.no_grad():
            self.tower.weight.copy_(torch.eye(size))
        self.tower.to(self.device)

    def of_histories(self, vectors: Tensor, sizes: np.ndarray) -> Tensor:
        """Unit rows (h, d) of histories whose texts' vectors (Σ sizes, d) follow one another."""
        owner = torch.from_numpy(np.repeat(np.arange(len(sizes)), sizes)).to(vectors.device)
        summed = vectors.new_zeros(len(sizes), vectors.shape[1]).index_add(0, owner, vectors)
        means = summed / torch.from_numpy(sizes).to(vectors.device)[:, None]
        return nn.functional.normalize(means if self.tower is None else self.tower(means), dim=1)

    def history_vectors(self, texts: np.ndarray, histories: Histories, which: np.ndarray) -> np.ndarray:
        """The same for judging, float32 (all histories, d), zero where not in ``which``; ``texts`` as
        :meth:`embed` gives them."""
        found = np.zeros((len(histories.starts) - 1, texts.shape[1]), dtype=np.float32)
        with torch.inference_mode():
            for chunk in np.array_split(which, len(which) // _HISTORIES + 1):
                rows = torch.from_numpy(texts[histories.texts(chunk)]).to(self.device)
                found[chunk] = self.of_histories(rows, histories.sizes(chunk)).cpu().numpy()
        return found

    def learn_classes(self, names: Sequence[str], vectors: np.ndarray) -> None:
        """One moving vector per class, which starts at a row of ``vectors``, float32 (c, d)."""
        self.class_names = list(names)
        rows = torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32))
        self.prototypes = nn.Parameter(rows.to(self.device))

    def classes(self) -> Tensor | None:
        """Unit rows (c, d) of the classes for a loss, or None for a task without classes."""
        return None if self.prototypes is None else nn.functional.normalize(self.prototypes, dim=1)

    def class_vectors(self) -> np.ndarray | None:
        """The same for judging."""
        found = self.classes()
        return None if found is None else found.detach().cpu().numpy().copy()

    def forward(self, rows: Sequence[np.ndarray]) -> Tensor:
        """Token ids of ``b`` texts, int64 (length,) each. Returns unit rows, float32 (b, d)."""
        pooled = self._pooled(rows)
        return nn.functional.normalize(pooled if self.head is None else self.head(pooled), dim=1)

    def vectors(self, store: TextStore, numbers: np.ndarray) -> Tensor:
        """Unit vectors of texts for training, float32 (len, d). Each different text is encoded once."""
        unique, inverse = np.unique(numbers, return_inverse=True)
        return self._read(store, unique)[torch.from_numpy(inverse).to(self.device)]

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
                out[batch] = self._read(store, batch).cpu().numpy()
        self.train(was_training)
        return out

    def trainable(self) -> dict[str, nn.Parameter]:
        """The parameters that move, by name, in a fixed order."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def take_padded(self) -> None:
        """Padded batches from now on: for methods that change what a model takes in."""
        if self.packs:
            self.packs = False
            self.trunk.set_attn_implementation("sdpa")  # type: ignore[operator]

    def _try_packing(self, trunk: PreTrainedModel) -> bool:
        """Whether this model gives packed texts the vectors they have alone; if not, it stays with padding.

        Asked of the model itself: an architecture that takes no positions, or mixes texts in some layer of
        its own, would else learn nonsense without a word.
        """
        if not trunk._supports_attention_backend:
            return False
        last = self.source.vocabulary - 1  # special tokens, which some models count by, come first
        rows = [last - np.arange(length, dtype=np.int64) for length in (5, 3, 4)]
        trunk.train(False)
        with torch.inference_mode():
            alone = torch.cat([self._pooled_padded([row]) for row in rows])
            trunk.set_attn_implementation(packing.ATTENTION)
            try:
                same = torch.allclose(self._pooled_packed(rows), alone, rtol=_SAME, atol=_SAME)
            except (TypeError, ValueError, IndexError, RuntimeError):
                same = False
        if not same:
            trunk.set_attn_implementation("sdpa")
        return same

    def _read(self, store: TextStore, numbers: np.ndarray) -> Tensor:
        """Unit vectors of different texts, (len, d); a frozen trunk reads each only once in its life."""
        if self.frozen_trunk and self.head is not None:
            return nn.functional.normalize(self.head(self._cached(store, numbers)), dim=1)
        if self.lower is not None:
            return self.lower.vectors(self, store, numbers)
        return cast(Tensor, self(tokens_of(store, numbers)))

    def _pooled(self, rows: Sequence[np.ndarray]) -> Tensor:
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.autocast):
            return self._pooled_packed(rows) if self.packs else self._pooled_padded(rows)

    def _pooled_packed(self, rows: Sequence[np.ndarray]) -> Tensor:
        batch = packing.pack(rows, self.device)
        hidden = self.trunk(
            input_ids=batch.ids, position_ids=batch.positions + self.first_position, packed=batch
        ).last_hidden_state[0]
        return {"mean": packing.text_means, "cls": packing.text_firsts, "last": packing.text_lasts}[
            self.pooling
        ](hidden, batch)

    def _pooled_padded(self, rows: Sequence[np.ndarray]) -> Tensor:
        ids, mask = (values.to(self.device) for values in padded(rows))
        hidden = self.trunk(input_ids=ids, attention_mask=mask).last_hidden_state[:, self.virtual :].float()
        if self.pooling == "cls":
            return cast(Tensor, hidden[:, 0])
        if self.pooling == "last":
            return cast(Tensor, hidden[torch.arange(len(hidden), device=self.device), mask.sum(dim=1) - 1])
        weights = mask[:, :, None].float()
        return cast(Tensor, (hidden * weights).sum(dim=1) / weights.sum(dim=1))

    def _cached(self, store: TextStore, numbers: np.ndarray) -> Tensor:
        """Pooled vectors under a frozen trunk. Blocks of texts are fixed, not whatever a batch lacks: which
        texts share a pass shows in the last bits, and a resumed run must find the same."""
        if len(self._cache) != len(store):
            self._cache = torch.empty(len(store), self.source.hidden_size, device=self.device)
            self._blocks = set()
        for block in np.unique(numbers // _BLOCK).tolist():
            if block not in self._blocks:
                texts = np.arange(block * _BLOCK, min((block + 1) * _BLOCK, len(store)))
                self.trunk.eval()
                with torch.no_grad():
                    self._cache[texts[0] : texts[-1] + 1] = self._pooled(tokens_of(store, texts))
                self._blocks.add(block)
        return self._cache[torch.from_numpy(numbers).to(self.device)]


def padded(rows: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """``(ids, mask)`` int64 (b, longest); padding is id 0 under mask 0."""
    longest = max(len(row) for row in rows)
    ids = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def chooses_bf16(precision: str, device: torch.device = _CPU) -> bool:
    """bf16 autocast where asked, or (``auto``) where the processor multiplies bf16 itself; else it is
    slower."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    flags = Path("/proc/cpuinfo")
    text = flags.read_text() if flags.is_file() else ""
    return "avx512_bf16" in text or "amx_bf16" in text


def freeze_inputs(trunk: nn.Module) -> None:
    """Freeze word embeddings and pooler: rows of unseen words must not decay, and mean pooling ignores the
    pooler."""
    trunk.get_input_embeddings().requires_grad_(False)  # type: ignore[operator]
    for name, value in trunk.named_parameters():
        if "pooler" in name:
            value.requires_grad_(False)


def layers(trunk: nn.Module) -> nn.ModuleList | None:
    """The layers of a transformer, lowest first; None where they cannot be told (ALBERT uses one again and
    again)."""
    count = getattr(getattr(trunk, "config", None), "num_hidden_layers", None)
    found = (m for m in trunk.modules() if isinstance(m, nn.ModuleList) and len(m) == count)
    return next(found, None)


def tokens_of(store: TextStore, numbers: np.ndarray) -> list[np.ndarray]:
    """Token ids of texts by number, int64 (length,) each."""
    return [store.tokens(int(number)) for number in numbers]


def _load(backbone: Backbone) -> PreTrainedModel:
    try:
        model: PreTrainedModel = AutoModel.from_pretrained(
            backbone.folder,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            dtype=torch.float32,
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise TrainingStopped("backbone.unreadable", name=backbone.name) from error
    return model


def _first_position(trunk: PreTrainedModel) -> int:
    """Where a model counts its positions from: RoBERTa and its kin leave room for padding."""
    table = getattr(getattr(trunk, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    return 0 if padding is None else padding + 1
