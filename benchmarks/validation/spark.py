"""Spark beside Polars on one table: `python -m benchmarks.validation.spark --folder DIR [--rows N]`.

Each run is a fresh process with all it starts (the JVM, its Python workers), whose CPU time is counted
together; start-up is in it, as a validation of its own pays it. Both reports must agree in every count and
sample. Writes one JSON object; figures of a busy machine say so by their load average.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.validation.run import machine, table

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "spark.json"
_SUBREAPER = 36
PROGRAM = """
import json, sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from governance.validation.engine import ValidationRequest, validate
from governance.validation.standard import load
folder, engine, master = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
report = validate(ValidationRequest(
    data=folder / "events.parquet",
    standard=load(Path("benchmarks/validation/events.odcs.yaml").read_bytes()),
    now=datetime(2026, 1, 15, tzinfo=UTC),
    references={"products": folder / "products.parquet"},
    engine=engine,
    spark_master=master,
))
told = {item.rule.id: [item.verdict, item.failing_rows, item.checked_rows, [s["row"] for s in item.samples]]
        for item in report.outcomes}
print(json.dumps({"seconds": report.seconds, "rules": told}))
"""


def one(engine: str, master: str, data: Path) -> dict[str, Any]:
    """One run in a process of its own, measured with all that came of it."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(data), engine, master],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=HERE.parents[1],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(started, peak), daemon=True)
    watcher.start()
    out, _ = started.communicate()
    _reap()
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if started.returncode != 0:
        raise SystemExit(f"{engine} ended with {started.returncode}")
    return {
        "cpu_seconds": round(cpu, 2),
        "wall_seconds": round(wall, 2),
        "peak_rss_mb": round(peak[0] / 1e6),
        **json.loads(out),
    }


def _reap() -> None:
    """What the child left behind is ours now; its CPU time counts once it has ended."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.1)
        except ChildProcessError:
            return


def _watch(started: subprocess.Popen[str], peak: list[int]) -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    while started.poll() is None:
        parents, sizes = {}, {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)], sizes[int(folder.name)] = int(fields[1]), int(fields[21]) * page
        family, found = {started.pid}, 0
        while found != len(family):
            found = len(family)
            family |= {child for child, parent in parents.items() if parent in family}
        peak[0] = max(peak[0], sum(sizes.get(one, 0) for one in family))
        time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    data = table(given.rows, given.folder)
    runs: dict[str, list[dict[str, Any]]] = {"polars": [], "spark": []}
    around = machine()
    for _ in range(given.repeat):
        for engine, items in runs.items():
            items.append(one(engine, given.master, data))
            print(engine, {key: value for key, value in items[-1].items() if key != "rules"}, flush=True)
    assert runs["polars"][-1]["rules"] == runs["spark"][-1]["rules"], "the engines disagree"
    keys = ("cpu_seconds", "wall_seconds", "peak_rss_mb", "seconds")
    result = {
        "benchmark": "validation on Spark",
        "rows": given.rows,
        "rules": len(runs["spark"][-1]["rules"]),
        "master": given.master,
        "machine": {**around, "load_average_after": round(os.getloadavg()[0], 2)},
        "versions": {name: version(name) for name in ("polars", "pandera", "pyspark", "ibis-framework")}
        | {"python": platform.python_version()},
        "medians": {
            engine: {key: statistics.median(item[key] for item in items) for key in keys}
            for engine, items in runs.items()
        },
        "runs": {
            engine: [{key: item[key] for key in keys} for item in items] for engine, items in runs.items()
        },
    }
    given.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
