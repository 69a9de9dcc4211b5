"""The losses. Vectors are unit rows; ``scale`` is the inverse temperature."""

from __future__ import annotations

import torch
from torch import Tensor


def cosent(left: Tensor, right: Tensor, labels: Tensor, scale: float) -> Tensor:
    """CoSENT: log(1 + Σ exp(scale · (cos_j - cos_i))) over all row pairs with label_i > label_j.

    ``left``, ``right``: (b, d); ``labels``: (b,). Only the order of labels counts, so grades need no
    calibration. Zero where all labels are equal. Source: Su Jianlin, "CoSENT", 2022; sentence-transformers
    CoSENTLoss.
    """
    cosines = (left * right).sum(dim=1).float() * scale
    differences = cosines[None, :] - cosines[:, None]
    wrong_if_large = labels[:, None] > labels[None, :]
    terms = differences.masked_fill(~wrong_if_large, float("-inf")).flatten()
    return torch.logsumexp(torch.cat([terms.new_zeros(1), terms]), dim=0)


def in_batch(
    left: Tensor, right: Tensor, labels: Tensor, scale: float, extra: Tensor | None = None
) -> Tensor:
    """Cross entropy of each left text against all right texts of the batch; same-label rights but its own
    are masked.

    ``labels`` (b,) name the class, so that a second message of the same intent is no false negative.
    ``extra`` (b, k, d): more wrong texts of each row's own; equal vectors to its right one are left out.
    Source: multiple negatives ranking loss, Henderson et al. 2017, arXiv 1705.00652.
    """
    scores = (left @ right.T).float() * scale
    same = labels[:, None] == labels[None, :]
    own = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    scores = scores.masked_fill(same & ~own, float("-inf"))
    if extra is not None:
        hard = torch.einsum("bd,bkd->bk", left, extra).float() * scale
        itself = (extra - right[:, None]).abs().amax(dim=2) == 0
        scores = torch.cat([scores, hard.masked_fill(itself, float("-inf"))], dim=1)
    return torch.nn.functional.cross_entropy(scores, torch.arange(len(labels), device=labels.device))


def to_classes(
    left: Tensor, prototypes: Tensor, labels: Tensor, scale: float, weights: Tensor | None
) -> Tensor:
    """Cross entropy of the cosines between texts and class vectors.

    ``left`` (b, d); ``prototypes`` (c, d); ``labels`` (b,) the number of the class; ``weights`` (c,) or None.
    Source: normalised softmax, Wang et al. 2017, arXiv 1704.06369.
    """
    scores = (left @ prototypes.T).float() * scale
    return torch.nn.functional.cross_entropy(scores, labels.long(), weight=weights)
