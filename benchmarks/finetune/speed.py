"""Pairs a CPU-second of a full fine-tune on short pairs, ours beside the usual trainers, in the same run.

    nice python -m benchmarks.finetune.speed [--folder DIR] [--repeat 3] [--out FILE]

Puts sentence-transformers below DIR (pinned, by pip) beside the packages of this environment; runs everything
in fresh processes on one thread, interleaved; writes machine, versions, every run, medians and ratios.
`python -m benchmarks.finetune.table --write` makes the table of the docs.

What is counted is the training loop: loading a model and its libraries is left out everywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.finetune.run import _machine

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "speed.json"
SENTENCE_TRANSFORMERS = "sentence-transformers==6.2.0"
BESIDE = ("datasets==5.2.0",)
LIMIT_S = 1200
#: name → module, arguments, pairs (fewer where a rival is slow)
RUNS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "ours": ("benchmarks.finetune.ours", ("child",), 1024),
    "packed, random batches": ("benchmarks.finetune.ours", ("packed", "fp32"), 512),
    "padded, random batches": ("benchmarks.finetune.ours", ("padded", "fp32"), 512),
    "packed, random batches, bf16": ("benchmarks.finetune.ours", ("packed", "bf16"), 512),
    "padded, random batches, bf16": ("benchmarks.finetune.ours", ("padded", "bf16"), 512),
    "Trainer, padded to 128": ("benchmarks.finetune.rivals.with_trainer", ("padded",), 128),
    "Trainer, padded to the batch": ("benchmarks.finetune.rivals.with_trainer", ("dynamic",), 384),
    "CrossEncoderTrainer": ("benchmarks.finetune.rivals.with_cross_encoder", (), 384),
}
RATIOS = {
    "ours : Trainer, padded to 128": ("ours", "Trainer, padded to 128", 7.0),
    "ours : Trainer, padded to the batch": ("ours", "Trainer, padded to the batch", None),
    "ours : CrossEncoderTrainer": ("ours", "CrossEncoderTrainer", 2.5),
    "packed : padded, random batches": ("packed, random batches", "padded, random batches", 1.8),
    "packed : padded, random batches, bf16": (
        "packed, random batches, bf16", "padded, random batches, bf16", None
    ),
}  # fmt: skip


def beside(folder: Path) -> Path:
    """A folder with sentence-transformers to put on the path; torch and transformers are those of ours."""
    home = folder / "sentence-transformers"
    if not (home / "made").exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--target", str(home)]
        subprocess.run([*pip, "--no-deps", SENTENCE_TRANSFORMERS], check=True)
        subprocess.run([*pip, *BESIDE], check=True)
        (home / "made").touch()
    return home


def measured(name: str, folder: Path) -> dict[str, Any]:
    """One run; `failed` says why there is no figure."""
    module, words, count = RUNS[name]
    if "bf16" in words and not _machine()["bf16"]:
        return {"failed": "the processor does not multiply bf16 itself"}
    env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    if "cross_encoder" in module:
        env["PYTHONPATH"] = str(beside(folder))
    command = [sys.executable, "-m", module, str(count), *words]
    done = subprocess.run(
        command, capture_output=True, text=True, env=env, cwd=HERE.parents[1], timeout=LIMIT_S, check=False
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"failed": (done.stderr.strip().splitlines() or ["no output"])[-1][:200]}
    return {**found, "pairs_per_cpu_second": found["pairs"] / found["cpu_seconds"]}


def summed(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Medians per name, and the ratios asked for with their targets."""
    medians: dict[str, Any] = {}
    for name, found in runs.items():
        good = [run for run in found if "failed" not in run]
        if not good:
            medians[name] = {"runs": len(found), "failed": found[-1]["failed"]}
            continue
        medians[name] = {
            "runs": len(good),
            "pairs_per_cpu_second": statistics.median(run["pairs_per_cpu_second"] for run in good),
            "all": [round(run["pairs_per_cpu_second"], 2) for run in good],
            "peak_memory_mib": max(run["peak_memory_mib"] for run in good),
            **{
                key: good[-1][key]
                for key in ("precision", "share_of_peak", "tokens_per_pair")
                if key in good[-1]
            },
        }
    speed = {name: found.get("pairs_per_cpu_second") for name, found in medians.items()}
    ratios = {
        name: {"times": round(speed[ours] / speed[theirs], 2), "wanted": wanted}
        for name, (ours, theirs, wanted) in RATIOS.items()
        if speed.get(ours) and speed.get(theirs)
    }
    return {"medians": medians, "ratios": ratios}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, default=Path("var/benchmark"))
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--out", type=Path, default=RESULTS)
    asked = arguments.parse_args()
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in RUNS}
    before = os.getloadavg()[0]
    for _turn in range(asked.repeat):
        for name, found in runs.items():
            found.append(measured(name, asked.folder.resolve()))
            print(name, found[-1], flush=True)
        store(asked.out, runs, before)


def store(path: Path, runs: dict[str, list[dict[str, Any]]], load_before: float) -> None:
    """Write what was measured so far."""
    whole = {
        "at": datetime.now(UTC).isoformat(),
        "machine": {**_machine(), "load_before": load_before, "load_after": os.getloadavg()[0]},
        "versions": {name: version(name) for name in ("torch", "transformers", "numpy")}
        | {"sentence-transformers": SENTENCE_TRANSFORMERS.partition("==")[2]},
        **summed(runs),
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
