"""The fine-tuning tables of `docs/benchmarks.md`, made from the stored results.

    python -m benchmarks.finetune.table [--write]

Nothing in them is typed by hand; a test compares the page with the results.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- finetune: made by benchmarks/finetune/table.py -->", "<!-- finetune: end -->"
#: case → the differences that are asked for: metric, against, wanted
ASKED: dict[str, tuple[tuple[str, str, float], ...]] = {
    "banking77": (("ndcg@10", "zero_shot", 0.12),),
    "walmart_amazon": (("auc", "zero_shot", 0.10), ("auc", "tfidf_char", 0.0)),
    "completejourney": (
        ("gauc_uniform", "popularity", 0.015),
        ("gauc_matched", "ranker_without_text", 0.015),
    ),
}


def tables() -> str:
    """Markdown: speed beside the rivals, then every case with its seeds."""
    return "\n".join([*_speed(_read("speed.json")), "", *_quality()])


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / name).read_text(encoding="utf-8"))
    return found


def _speed(whole: dict[str, Any]) -> Iterator[str]:
    machine, versions = whole["machine"], whole["versions"]
    bf16 = "multiplies" if machine["bf16"] else "does not multiply"
    yield (
        f"{machine['cores']} cores ({machine['processor']}, {bf16} bf16 itself) shared with other work, load "
        f"{machine['load_before']:.1f} before and {machine['load_after']:.1f} after; "
        + ", ".join(f"{name} {number}" for name, number in versions.items())
        + "."
    )
    yield ""
    yield "| full fine-tune of MiniLM, short pairs, one thread | pairs a CPU-second | each run | peak MiB |"
    yield "|---|---|---|---|"
    for name, one in whole["medians"].items():
        if "failed" in one:
            yield f"| {name} | not measured: {one['failed']} | | |"
            continue
        shown = "**Gavel**" if name == "ours" else name
        note = f", {one['precision']}, {one['share_of_peak']:.0%} of peak" if "share_of_peak" in one else ""
        runs = ", ".join(map(str, one["all"]))
        yield f"| {shown}{note} | {one['pairs_per_cpu_second']:.1f} | {runs} | {one['peak_memory_mib']:,} |"
    yield ""
    yield "| ratio | times | wanted |"
    yield "|---|---|---|"
    for name, one in whole["ratios"].items():
        yield f"| {name} | {one['times']:.2f} | {one['wanted'] or '–'} |"


def _quality() -> Iterator[str]:
    yield "| real data | method | gain of the trained model | seed by seed, 95 % | wanted | CPU-s, median |"
    yield "|---|---|---|---|---|---|"
    for path in sorted(RESULTS.glob("quality-*.json")):
        runs = _read(path.name)["runs"]
        for metric, against, wanted in ASKED[runs[0]["case"]]:
            gaps = [_gap(run, metric, against) for run in runs]
            shown = "; ".join(f"{gap['value']:+.3f} [{gap['low']:+.3f}, {gap['high']:+.3f}]" for gap in gaps)
            cost = statistics.median(run["training"]["cpu_seconds"] for run in runs)
            yield (
                f"| {runs[0]['case']} | {runs[0]['method']} | {metric} over {against} | {shown} "
                f"| {wanted:+.3f} | {cost:.0f} |"
            )


def _gap(run: dict[str, Any], metric: str, against: str) -> dict[str, Any]:
    rows = run["evaluation"]["differences"]
    return next(row for row in rows if (row["metric"], row["against"]) == (metric, against))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="put them into the page")
    asked = arguments.parse_args()
    made = tables()
    if not asked.write:
        print(made)
        return
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
