"""Padding-free batches: the texts of a batch stand one behind the other in one row, and one attention
function keeps them apart.

Padding is work nobody asked for: at 26 tokens on average a batch of random texts padded to its longest is
almost half padding. Here every linear map sees real tokens only; inside attention, where texts must not see
one another, texts of nearly equal length (they are packed in order of length) are attended to together.
The same code runs on CPU and GPU. The name is registered with transformers, so any model that takes its
attention from there runs packed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AttentionInterface

ATTENTION: Final = "gavel_packed"
SLACK: Final = 0.15


@dataclass(frozen=True)
class Group:
    """Texts attended to together. ``take`` (n · longest,) names the tokens, ``keep`` the real ones among
    them; ``mask`` bool (n, 1, 1, longest) is True where real. All None where every length is the same."""

    start: int
    stop: int
    texts: int
    longest: int
    take: Tensor | None
    keep: Tensor | None
    mask: Tensor | None


@dataclass(frozen=True)
class Packed:
    """A batch of ``n`` texts with ``t`` tokens in all. ``ids``, ``positions``: int64 (1, t), each text's
    positions from 0; ``owner``: int64 (t,), the text of each token; ``lengths``: int64 (n,), ascending;
    ``order``: int64 (n,), where in the packed order the asked-for text lies."""

    ids: Tensor
    positions: Tensor
    owner: Tensor
    lengths: Tensor
    order: Tensor
    groups: tuple[Group, ...]

    def __len__(self) -> int:
        return len(self.lengths)


def pack(rows: Sequence[np.ndarray], device: torch.device | None = None) -> Packed:
    """Token ids of texts (each int64 (length,), at least one token) as one batch."""
    sizes = np.asarray([len(row) for row in rows], dtype=np.int64)
    by_length = in_order(sizes)
    lengths = sizes[by_length]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    owner = np.repeat(np.arange(len(rows)), lengths)
    place = np.empty(len(rows), dtype=np.int64)
    place[by_length] = np.arange(len(rows))

    def tensor(values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(device)

    return Packed(
        ids=tensor(np.concatenate([rows[at] for at in by_length]))[None],
        positions=tensor(np.arange(starts[-1]) - starts[owner])[None],
        owner=tensor(owner),
        lengths=tensor(lengths),
        order=tensor(place),
        groups=tuple(_group(starts, first, last, tensor) for first, last in _cuts(lengths)),
    )


def in_order(lengths: np.ndarray) -> np.ndarray:
    """The order, int64 (n,), in which texts of these lengths stand in a packed batch."""
    return np.argsort(lengths, kind="stable")


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    packed: Packed | None = None,
    sliding_window: int | None = None,
    is_causal: bool | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """``query``, ``key``, ``value``: (1, heads, t, d); returns (1, t, heads, d).

    Attention weights have no ``dropout``: kernels for packed texts know none, and one recipe should be the
    same on every machine (MosaicBERT left it out for the same reason); that of the hidden states stays.
    Raises ``ValueError`` where a batch comes without its ``packed``: unmasked texts would read one another.
    """
    if packed is None or attention_mask is not None or query.shape[0] != 1:
        raise ValueError("a batch for packed attention must come packed, and without a mask")
    causal = is_causal if is_causal is not None else bool(getattr(module, "is_causal", False))
    repeats = query.shape[1] // key.shape[1]
    parts = []
    for group in packed.groups:
        q, k, v = (_apart(states[0], group) for states in (query, key, value))
        if repeats > 1:
            k, v = k.repeat_interleave(repeats, dim=1), v.repeat_interleave(repeats, dim=1)
        mask, by_order = _mask(group, sliding_window, causal, query.device)
        out = nn.functional.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, scale=scaling, is_causal=by_order
        )
        flat = out.transpose(1, 2).flatten(0, 1)
        parts.append(flat if group.keep is None else flat.index_select(0, group.keep))
    return torch.cat(parts)[None], None


def text_means(hidden: Tensor, packed: Packed) -> Tensor:
    """Mean over the tokens of each text, in the order asked for: (t, d) to float32 (n, d)."""
    sums = hidden.new_zeros((len(packed), hidden.shape[1]), dtype=torch.float32)
    sums = sums.index_add(0, packed.owner, hidden.float())
    return (sums / packed.lengths[:, None])[packed.order]


def text_firsts(hidden: Tensor, packed: Packed) -> Tensor:
    """The first token of each text, in the order asked for: (t, d) to float32 (n, d)."""
    starts = packed.lengths.cumsum(0) - packed.lengths
    return hidden[starts].float()[packed.order]


def text_lasts(hidden: Tensor, packed: Packed) -> Tensor:
    """The last token of each text, in the order asked for: (t, d) to float32 (n, d)."""
    return hidden[packed.lengths.cumsum(0) - 1].float()[packed.order]


def _cuts(lengths: np.ndarray) -> list[tuple[int, int]]:
    """Neighbours in order of length, as long as padding each to its longest wastes at most ``SLACK``."""
    cuts, first, real = [], 0, 0
    for at, length in enumerate(lengths.tolist()):
        if at > first and (at - first + 1) * length > (real + length) * (1 + SLACK):
            cuts.append((first, at))
            first, real = at, 0
        real += length
    return [*cuts, (first, len(lengths))]


def _group(starts: np.ndarray, first: int, last: int, tensor: Any) -> Group:
    lengths = np.diff(starts[first : last + 1])
    longest, whole = int(lengths.max()), (int(starts[first]), int(starts[last]))
    if lengths.min() == longest:
        return Group(*whole, last - first, longest, None, None, None)
    column = np.arange(longest)[None]
    real = column < lengths[:, None]
    take = starts[first:last, None] - whole[0] + np.minimum(column, lengths[:, None] - 1)
    return Group(
        *whole, last - first, longest,
        tensor(take.ravel()), tensor(np.flatnonzero(real.ravel())), tensor(real[:, None, None]),
    )  # fmt: skip


def _apart(states: Tensor, group: Group) -> Tensor:
    """(heads, t, d) to the group's (texts, heads, longest, d)."""
    own = states[:, group.start : group.stop]
    if group.take is not None:
        own = own.index_select(1, group.take)
    return own.view(len(own), group.texts, group.longest, -1).transpose(0, 1)


def _mask(group: Group, window: int | None, causal: bool, device: torch.device) -> tuple[Tensor | None, bool]:
    """What a token may see, and whether plain causality says it all (the kernel has that built in).

    ``window``: tokens less than this far away are seen, as transformers hands it to its kernels.
    """
    near = window is not None and group.longest > window
    if not near:
        if causal and group.mask is None:
            return None, True
        if not causal:
            return group.mask, False
    place = torch.arange(group.longest, device=device)
    away = place[:, None] - place[None, :]
    allowed = torch.ones_like(away, dtype=torch.bool)
    if near and window is not None:
        allowed &= away.abs() < window
    if causal:
        allowed &= away >= 0
    return (allowed[None, None] if group.mask is None else allowed & group.mask), False


AttentionInterface.register(ATTENTION, attention)
