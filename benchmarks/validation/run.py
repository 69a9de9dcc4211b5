"""The fused engine, the decode floor and the rivals on one generated table, each run in a fresh process.

    python -m benchmarks.validation.run --folder DIR [--rows 1000000 10000000] [--ours-only 50000000]
                                        [--repeat 3] [--slow-repeat 1] [--without NAME …] [--out FILE] [--add]

Makes the data and an environment for each rival below DIR (pinned versions, by pip), keeps both for the next
run, and writes one JSON object: machine, versions, every run, medians, ratios. Runs are interleaved, so that
a busy minute hits all alike. `python -m benchmarks.validation.table` makes the table of the docs from it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.validation.generate import write

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "clickstream.json"
LIMIT_S = 1500
OURS = ("floor", "digest", "counts", "samples")
RIVALS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "pandera.polars": ("stock_pandera.py", (), ("pandera[polars]==0.35.0", "polars==2.1.0")),
    "pandera.polars, counts": (
        "stock_pandera.py",
        ("--no-samples",),
        ("pandera[polars]==0.35.0", "polars==2.1.0"),
    ),
    "pointblank": ("with_pointblank.py", (), ("pointblank==1.1.1", "polars==2.1.0")),
    "soda": ("with_soda.py", (), ("soda-core==4.28.0", "soda-duckdb==4.28.0")),
    "datacontract-cli": ("with_datacontract.py", (), ("datacontract-cli[duckdb]==1.2.8",)),
    "great_expectations": ("with_great_expectations.py", (), ("great_expectations==1.24.1", "pyarrow")),
}
SLOW = ("great_expectations",)


def environment(name: str, folder: Path) -> Path:
    """The Python of a rival's own environment; made once."""
    script, _, packages = RIVALS[name]
    home = folder / "environments" / script.removesuffix(".py").removeprefix("with_").removeprefix("stock_")
    python = home / "bin" / "python"
    if not (home / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
        (home / "made").touch()
    return python


def command(name: str, data: Path, folder: Path) -> list[str]:
    if name in OURS:
        return [sys.executable, "-m", "benchmarks.validation.ours", name, str(data)]
    script, options, _ = RIVALS[name]
    return [str(environment(name, folder)), str(HERE / "rivals" / script), str(data), *options]


def measured(name: str, data: Path, folder: Path) -> dict[str, Any]:
    """One run; `failed` says why there is no figure."""
    words = command(name, data, folder)
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, cwd=HERE.parents[1], timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"no result within {LIMIT_S} s"}
    if done.returncode < 0:
        return {"failed": f"ended by signal {-done.returncode}"}
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"failed": (done.stderr.strip().splitlines() or ["no output"])[-1][:200]}
    return found


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians, and what the last run said of the rules."""
    good = [run for run in runs if "failed" not in run]
    if not good:
        return {"runs": len(runs), "failed": runs[-1]["failed"]}
    keys = ("cpu_seconds", "cpu_seconds_with_start", "wall_seconds", "peak_rss_mb")
    said = {key: good[-1][key] for key in ("failing", "cannot", "rules", "samples") if key in good[-1]}
    every = {"cpu_seconds_all": [run["cpu_seconds"] for run in good]}
    return {key: statistics.median(run[key] for run in good) for key in keys} | {
        "runs": len(good),
        **every,
        **said,
    }


def compared(names: list[str], data: Path, folder: Path, repeat: int, slow: int) -> dict[str, Any]:
    """All names on one table, interleaved."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for turn in range(repeat):
        for name in names:
            if name in SLOW and turn >= slow:
                continue
            if runs[name] and "failed" in runs[name][-1]:
                continue
            runs[name].append(measured(name, data, folder))
            print(data.name, turn, name, {k: runs[name][-1].get(k) for k in ("cpu_seconds", "peak_rss_mb")})
    found = {name: middle(items) for name, items in runs.items() if items}
    floor = found.get("floor", {}).get("cpu_seconds")
    for item in found.values():
        if floor and "cpu_seconds" in item:
            item["times_floor"] = round(item["cpu_seconds"] / floor, 2)
    return found


def machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / (1 << 30)),
        "load_average_before": round(os.getloadavg()[0], 2),
    }


def table(rows: int, folder: Path, *, failing: bool = False) -> Path:
    """The generated table, made once."""
    home = folder / (f"all-{rows}" if failing else str(rows))
    if not (home / "made").exists():
        write(rows, home, failing=failing)
        (home / "made").touch()
    return home


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--ours-only", type=int, nargs="*", default=[50_000_000])
    parser.add_argument("--failing", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--slow-repeat", type=int, default=1)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--add", action="store_true", help="keep the other tables that are in the file")
    return parser.parse_args()


def main() -> None:
    given = options()
    given.folder.mkdir(parents=True, exist_ok=True)
    rivals = [name for name in RIVALS if name not in given.without]
    result: dict[str, Any] = {
        "benchmark": "validation",
        "standard": "benchmarks/validation/events.odcs.yaml",
        "machine": machine(),
        "versions": {name: version(name) for name in ("polars", "pandera")}
        | {"python": platform.python_version()}
        | {name: RIVALS[name][2][0] for name in rivals},
        "tables": {},
    }
    if given.add and given.out.exists():
        result["tables"] = json.loads(given.out.read_text())["tables"]
    began = time.time()
    plans = [(f"{rows}", table(rows, given.folder), [*OURS, *rivals]) for rows in given.rows]
    plans += [
        (f"{rows} all failing", table(rows, given.folder, failing=True), ["floor", "samples"])
        for rows in given.failing
    ]
    plans += [(f"{rows}", table(rows, given.folder), list(OURS)) for rows in given.ours_only]
    for name, data, names in plans:
        found = compared(names, data, given.folder, given.repeat, given.slow_repeat)
        size = (data / "events.parquet").stat().st_size
        result["tables"][name] = {"parquet_bytes": size, "results": found}
        given.out.parent.mkdir(exist_ok=True)
        given.out.write_text(json.dumps(result, indent=1) + "\n")
    result["machine"]["load_average_after"] = round(os.getloadavg()[0], 2)
    result["seconds"] = round(time.time() - began)
    given.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
