"""The order of training rows: a pure function of seed, epoch and lengths, so that a resumed run sees the
same."""

from __future__ import annotations

import numpy as np


def epoch_batches(
    lengths: np.ndarray, batch_size: int, bucket_batches: int, seed: int, epoch: int
) -> list[np.ndarray]:
    """Row numbers of every batch of one epoch.

    Rows are shuffled, cut into buckets of ``bucket_batches`` batches, sorted by length inside a bucket
    (padding costs more than anything else: fine-tuning §4, 1.5x), and the batches of a bucket are shuffled
    again. A last batch of one row is left out, as no loss here can compare one row with itself.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    batches: list[np.ndarray] = []
    for start in range(0, len(order), batch_size * bucket_batches):
        bucket = order[start : start + batch_size * bucket_batches]
        bucket = bucket[np.argsort(lengths[bucket], kind="stable")]
        cut = [bucket[at : at + batch_size] for at in range(0, len(bucket), batch_size)]
        batches += [cut[number] for number in random.permutation(len(cut))]
    return [batch for batch in batches if len(batch) > 1]


def rate_at(step: int, total: int, peak: float, warmup_share: float) -> float:
    """Learning rate of step ``step`` (1-based): linear warm-up, then linear decay to 0 after the last
    step."""
    warmup = max(1, round(total * warmup_share))
    if step <= warmup:
        return peak * step / warmup
    return peak * max(0, total - step + 1) / max(1, total - warmup + 1)
